-- What was in force when. Each plan that the judge takes up with other contracts, another order of its targets,
-- another revision, zone, period, division or place than before is an edition. It is written in the judge's own transaction, before
-- the rounds that rest on it; so what was in force at a round is the latest edition with since_round up to it,
-- and of each target its latest contract likewise.

create table ledger.plan_edition (
    plan text not null references ledger.plan,
    edition int4 not null check (edition >= 1),
    since_round int8 not null check (since_round >= 1),
    revision int4 not null,
    zone text not null,
    period_start date not null,
    period_end date not null,
    division int4 not null,
    place text not null,
    -- Ids in the order of the plan: within a round, changes are numbered by it.
    targets text[] not null,
    taken_up_at timestamptz not null default clock_timestamp(),
    primary key (plan, edition)
);

-- Only what an edition has other than those before.
create table ledger.target_contract (
    plan text not null,
    target text not null,
    edition int4 not null,
    since_round int8 not null check (since_round >= 1),
    -- TargetContract.canonicalText. Null: promised no more; its timers end with that.
    contract text,
    primary key (plan, target, edition),
    foreign key (plan, edition) references ledger.plan_edition (plan, edition)
);

-- The round that the progress is of: the contracts at that round are those that an edit is seen against.
alter table ledger.judge_progress add round int8 not null default 0;
update ledger.judge_progress p set round = coalesce((
    select max(r.round) from ledger.judge_round r where r.plan = p.plan and r.stream = p.stream), 0);

-- Whether touches of the stream were let go: what comes to be judged by it later finds figures without them.
alter table ledger.stream add touches_forgotten boolean not null default false;
update ledger.stream s set touches_forgotten = exists (
    select from ledger.judge_progress p where p.stream = s.name);

-- Where a plan began with a stream whose touches had been let go before: what lies before these offsets is in
-- the figures of its rounds, and is no evidence (m002) of any.
create table ledger.judge_start (
    plan text not null references ledger.plan,
    stream text not null,
    topic_partitions int4[] not null,
    generations int4[] not null,
    offsets int8[] not null,
    primary key (plan, stream)
);
