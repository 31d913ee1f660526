-- What the judge writes: leases, plans and targets, states, the change log, rounds, rolling values.

create table ledger.lease (
    role text primary key check (role in ('judge', 'relay')),
    term int8 not null default 0,
    owner text not null default '',
    backend_pid int4,
    backend_start timestamptz,
    expires_at timestamptz not null default '-infinity'
);
insert into ledger.lease (role) values ('judge'), ('relay');

-- Null while another holder lives. A holder whose backend is gone is succeeded at once, a frozen one when
-- its lease expires; the term fences whatever it may still send.
create function ledger.take_lease(p_role text, p_owner text, p_ttl interval)
returns int8 language plpgsql as $$
declare
    taken int8;
begin
    update ledger.lease l set term = term + 1, owner = p_owner, backend_pid = pg_backend_pid(),
        backend_start = (select a.backend_start from pg_stat_activity a where a.pid = pg_backend_pid()),
        expires_at = clock_timestamp() + p_ttl
    where l.role = p_role
        and (l.expires_at < clock_timestamp() or l.backend_pid = pg_backend_pid()
            or not exists (select from pg_stat_activity a where a.pid = l.backend_pid
                and (a.backend_start is null or a.backend_start = l.backend_start)))
    returning term into taken;
    return taken;
end $$;

-- First statement of each of the holder's transactions: keeps the lease, or raises HW001.
create function ledger.hold_lease(p_role text, p_term int8, p_ttl interval)
returns void language plpgsql as $$
begin
    update ledger.lease set expires_at = clock_timestamp() + p_ttl where role = p_role and term = p_term;
    if not found then
        raise exception 'fence: the % has another term', p_role using errcode = 'HW001';
    end if;
end $$;

-- Tells those who stand by (channel headway_lease) that they need not wait.
create function ledger.release_lease(p_role text, p_term int8) returns void language plpgsql as $$
begin
    update ledger.lease set expires_at = '-infinity', backend_pid = null where role = p_role and term = p_term;
    perform pg_notify('headway_lease', p_role);
end $$;

create table ledger.plan (
    id text primary key,
    revision int4 not null check (revision >= 1),
    title_zh text not null,
    title_en text not null,
    zone text not null,
    period_start date not null,
    period_end date not null,
    division int4 not null,
    place text not null,
    last_sequence int8 not null default 0,
    last_round int8 not null default 0
);

create table ledger.target (
    plan text not null references ledger.plan,
    id text not null,
    ordinal int4 not null,
    sector text not null,
    area text not null,
    name_zh text not null,
    name_en text not null,
    kind text not null,
    bound text not null,
    value int8 not null,
    value_max int8,
    scale int4 not null,
    unit text not null,
    window_start date not null,
    deadline date not null,
    stream text not null,
    -- All that the target is judged by, in one canonical text: another text is an edit of the plan.
    contract text not null default '',
    primary key (plan, id)
);

-- Second statement of a judgement: moves the plan's counters, or raises. Only the holder of the lease comes
-- here, so another value than the one it knows means that something else wrote.
create function ledger.advance_plan(
    p_plan text, p_from_sequence int8, p_to_sequence int8, p_from_round int8, p_to_round int8
) returns void language plpgsql as $$
begin
    update ledger.plan set last_sequence = p_to_sequence, last_round = p_to_round
        where id = p_plan and last_sequence = p_from_sequence and last_round = p_from_round;
    if not found then
        raise exception 'fence: plan % has moved', p_plan using errcode = 'HW001';
    end if;
end $$;

create table ledger.target_state (
    plan text not null,
    target text not null,
    status text not null,
    -- Plan time of the last change, and its sequence number.
    since timestamptz not null,
    sequence int8 not null,
    -- A worse status that is deserved but still held back, and since when.
    candidate text,
    candidate_since timestamptz,
    value numeric,
    expected numeric,
    pace int8,
    projected numeric,
    as_of timestamptz not null,
    revision int4 not null,
    primary key (plan, target),
    foreign key (plan, target) references ledger.target (plan, id)
) with (fillfactor = 70);

-- Gap-free by construction: the sequence comes from plan.last_sequence, locked by the judge's transaction.
-- `data` is the published JSON to the byte; the view status_changes reads it.
create table ledger.status_change (
    plan text not null references ledger.plan,
    sequence int8 not null check (sequence >= 1),
    target text not null,
    round int8 not null,
    decided_at timestamptz not null,
    data text not null,
    primary key (plan, sequence)
);

-- Rounds: the evaluations of one stream's targets that moved something, and those that begin anew (the first,
-- one after an edit of the plan or a change of generation, midnights and the last before a stop, where a restart
-- begins). Evaluations in between that moved neither a status
-- nor a timer are left out, which is safe because an evaluation is a function of the timers before it, of the
-- figures that the round saw, and of what came to be seen since the round before it:
--
--   seen       an event at an offset below the round's, in an hour that began before its as_of
--   value      sums over what is seen, from the target's window; measurements published before as_of
--   evidence   what is seen by this round and was not by the stream's round before: a take-back is a
--              correction, an hour that had ended by the round before's as_of is late, any other is live;
--              other generations than the round before's are a replay; another revision or target contract
--              is the plan, for targets of which nothing new is seen
--
-- So who knows the log, the plan and these rows in order arrives at every change and every timer: one
-- evaluation of all of the stream's targets a row, at as_of, in the order of the rows.
create table ledger.judge_round (
    plan text not null references ledger.plan,
    round int8 not null,
    stream text not null,
    revision int4 not null,
    as_of timestamptz not null,
    -- The plan clock when it judged. Targets, and their deadlines, go by as_of.
    clock timestamptz not null,
    watermark timestamptz,
    -- Parallel arrays: next offset of the aggregates that it saw.
    topic_partitions int4[] not null,
    generations int4[] not null,
    offsets int8[] not null,
    primary key (plan, round)
);

-- The last round of each stream: from here on the judge begins again.
create table ledger.judge_progress (
    plan text not null references ledger.plan,
    stream text not null,
    as_of timestamptz not null,
    topic_partitions int4[] not null,
    generations int4[] not null,
    offsets int8[] not null,
    primary key (plan, stream)
);

create table ledger.rolling_value (
    metric text not null,
    place text not null,
    "window" text not null,
    breakdown text not null,
    member text not null,
    as_of timestamptz not null,
    value numeric not null,
    events int8 not null,
    primary key (metric, place, "window", breakdown, member)
) with (fillfactor = 50);
