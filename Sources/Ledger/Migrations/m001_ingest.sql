-- What ingest writes: positions and their fence, buckets, measurements, fingerprints, dead letters, touches.
-- Tables live in schema ledger and belong to the services; readers use the views of schema headway.

create table ledger.setting (
    name text primary key,
    value text not null
);

create table ledger.stream (
    name text primary key,
    kind text not null check (kind in ('events', 'measurements')),
    topic text not null unique,
    live_generation int4 not null default 1 check (live_generation >= 1)
);

create table ledger.metric (
    name text primary key,
    stream text not null references ledger.stream,
    scale int4 not null check (scale between 0 and 6),
    unit text not null
);

-- A metric's total (breakdown and member empty) or one member of one breakdown. Ids are given once, for ever.
create table ledger.series (
    id int4 generated always as identity primary key,
    metric text not null references ledger.metric,
    breakdown text not null,
    member text not null,
    unique (metric, breakdown, member),
    constraint total_has_no_member check ((breakdown = '') = (member = ''))
);

create table ledger.topic_partition (
    id int4 generated always as identity primary key,
    stream text not null references ledger.stream,
    topic text not null,
    partition int4 not null check (partition >= 0),
    unique (topic, partition)
);

create table ledger.position (
    topic_partition int4 not null references ledger.topic_partition,
    generation int4 not null,
    term int8 not null default 0,
    owner text not null default '',
    state text not null default 'running'
        check (state in ('running', 'halted_data_loss', 'halted_diverged', 'halted_corrupt', 'halted_dead_letters')),
    state_detail text not null default '',
    next_offset int8 not null check (next_offset >= 0),
    -- Fingerprint of the last applied record: where it was, when, and a keyed hash of its bytes.
    last_offset int8,
    last_timestamp int8,
    last_hash int8,
    folded int8 not null default 0,
    duplicate int8 not null default 0,
    dead_letter int8 not null default 0,
    skipped int8 not null default 0,
    watermark timestamptz,
    -- True when the last commit had read the partition to its end.
    at_end boolean not null default false,
    committed_at timestamptz not null default clock_timestamp(),
    primary key (topic_partition, generation)
) with (fillfactor = 50);

-- One key's sum over one hour of the stream's zone. Written by the owner of the topic partition only.
create table ledger.bucket_hour (
    topic_partition int4 not null,
    generation int4 not null,
    hour timestamptz not null,
    series int4 not null,
    division int4 not null,
    value numeric(30, 0) not null,
    events int8 not null,
    primary key (topic_partition, generation, hour, series, division)
) with (fillfactor = 90);

create table ledger.bucket_day (
    topic_partition int4 not null,
    generation int4 not null,
    day date not null,
    series int4 not null,
    division int4 not null,
    value numeric(30, 0) not null,
    events int8 not null,
    primary key (topic_partition, generation, day, series, division)
) with (fillfactor = 80);

-- Every reading that was published, in force from published_at until a higher revision (or a later arrival
-- of the same revision) of the same indicator, division and period.
create table ledger.measurement (
    topic_partition int4 not null,
    generation int4 not null,
    indicator text not null,
    division int4 not null,
    period text not null,
    record_offset int8 not null,
    period_start date not null,
    period_end date not null,
    basis text not null check (basis in ('cumulative', 'period')),
    revision int8 not null,
    published_at timestamptz not null,
    value int8 not null,
    unit text,
    primary key (topic_partition, generation, indicator, division, period, record_offset)
);

-- Keyed 64-bit fingerprints of source and id, little-endian, eight bytes each, by the day of the event.
create table ledger.fingerprint_segment (
    topic_partition int4 not null,
    generation int4 not null,
    day date not null,
    segment int4 not null,
    hashes bytea not null,
    primary key (topic_partition, generation, day, segment)
) with (fillfactor = 70);
alter table ledger.fingerprint_segment alter column hashes set storage main;

create table ledger.dead_letter (
    topic_partition int4 not null,
    generation int4 not null,
    record_offset int8 not null,
    stage text not null check (stage in ('decode', 'validate', 'apply')),
    reason text not null,
    message text not null,
    key bytea,
    value bytea,
    header_names bytea[] not null,
    header_values bytea[] not null,
    record_time timestamptz,
    state text not null default 'waiting' check (state in ('waiting', 'redriven', 'discarded')),
    primary key (topic_partition, generation, record_offset)
);

-- What one commit changed, for the judge: parallel arrays of subject (a metric or an indicator), hour, and
-- kind (1 additions, 2 corrections or withdrawals, 3 both). The judge deletes what it has judged.
create table ledger.touch (
    topic_partition int4 not null,
    generation int4 not null,
    next_offset int8 not null,
    subjects text[] not null,
    hours timestamptz[] not null,
    kinds int2[] not null,
    primary key (topic_partition, generation, next_offset)
);

-- The first statement of every commit: moves the positions, or raises. A check on the client would be no
-- fence once statements are pipelined. SQLSTATE HW001: someone else owns a partition; drop the batch.
create function ledger.fence(
    p_topic_partition int4[], p_generation int4[], p_term int8[], p_expected int8[], p_next int8[],
    p_last_offset int8[], p_last_timestamp int8[], p_last_hash int8[],
    p_folded int8[], p_duplicate int8[], p_dead_letter int8[], p_skipped int8[],
    p_watermark timestamptz[], p_at_end boolean[]
) returns void language plpgsql as $$
begin
    for i in 1 .. coalesce(array_length(p_topic_partition, 1), 0) loop
        update ledger.position set
            next_offset = p_next[i],
            last_offset = coalesce(p_last_offset[i], last_offset),
            last_timestamp = coalesce(p_last_timestamp[i], last_timestamp),
            last_hash = coalesce(p_last_hash[i], last_hash),
            folded = folded + p_folded[i],
            duplicate = duplicate + p_duplicate[i],
            dead_letter = dead_letter + p_dead_letter[i],
            skipped = skipped + p_skipped[i],
            watermark = greatest(watermark, p_watermark[i]),
            at_end = p_at_end[i],
            committed_at = clock_timestamp()
        where topic_partition = p_topic_partition[i] and generation = p_generation[i]
            and term = p_term[i] and next_offset = p_expected[i] and state = 'running';
        if not found then
            raise exception 'fence: topic partition % is owned by another term, or its offset moved',
                p_topic_partition[i] using errcode = 'HW001';
        end if;
    end loop;
end $$;

-- Takes a partition over: waits for a predecessor's open commit, raises the term and returns the position.
create function ledger.claim(p_topic text, p_partition int4, p_start int8, p_owner text)
returns setof ledger.position language plpgsql as $$
declare
    id int4;
    live int4;
begin
    insert into ledger.topic_partition (stream, topic, partition)
        select s.name, s.topic, p_partition from ledger.stream s where s.topic = p_topic
        on conflict (topic, partition) do nothing;
    select tp.id, s.live_generation into id, live
        from ledger.topic_partition tp join ledger.stream s on s.name = tp.stream
        where tp.topic = p_topic and tp.partition = p_partition;
    if id is null then
        raise exception 'claim: no stream reads topic %', p_topic using errcode = 'HW002';
    end if;
    insert into ledger.position (topic_partition, generation, next_offset)
        values (id, live, p_start) on conflict do nothing;
    return query update ledger.position set term = term + 1, owner = p_owner
        where topic_partition = id and generation = live returning *;
end $$;

-- The ids of series, made where they are new.
create function ledger.series_ids(p_metric text[], p_breakdown text[], p_member text[])
returns int4[] language plpgsql as $$
begin
    insert into ledger.series (metric, breakdown, member)
        select m, b, e from unnest(p_metric, p_breakdown, p_member) as u (m, b, e)
        where not exists (select from ledger.series s
            where s.metric = u.m and s.breakdown = u.b and s.member = u.e)
        order by m, b, e
        on conflict do nothing;
    return (select array_agg(s.id order by u.i)
        from unnest(p_metric, p_breakdown, p_member) with ordinality as u (m, b, e, i)
        join ledger.series s on s.metric = u.m and s.breakdown = u.b and s.member = u.e);
end $$;

-- Stops a partition under its owner's term. Until an operator resumes it, every fence of it raises.
create function ledger.halt(
    p_topic_partition int4, p_generation int4, p_term int8, p_state text, p_detail text
) returns void language plpgsql as $$
begin
    update ledger.position set state = p_state, state_detail = p_detail
        where topic_partition = p_topic_partition and generation = p_generation and term = p_term;
    if not found then
        raise exception 'fence: topic partition % is owned by another term', p_topic_partition
            using errcode = 'HW001';
    end if;
    perform pg_notify('headway_positions', p_topic_partition::text);
end $$;

-- What operators did, and what it changed. Rows are never changed or deleted.
create table ledger.audit (
    id int8 generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    who text not null,
    what text not null,
    detail jsonb not null
);
create function ledger.refuse_audit_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit is append-only' using errcode = 'HW003';
end $$;
create trigger append_only before update or delete or truncate on ledger.audit
    execute function ledger.refuse_audit_change();

-- An operator's word that a halted partition goes on: where it stands, or at p_next. With p_next the last
-- applied record is forgotten, since the log is accepted as another one. Whoever owned it is fenced.
-- Never back: rows of the same offsets would collide, and what readers have passed would not be read again.
create function ledger.resume(p_topic text, p_partition int4, p_next int8, p_who text)
returns setof ledger.position language plpgsql as $$
declare
    before ledger.position;
begin
    select p.* into before from ledger.position p
        join ledger.topic_partition tp on tp.id = p.topic_partition
        join ledger.stream s on s.name = tp.stream and s.live_generation = p.generation
        where tp.topic = p_topic and tp.partition = p_partition
        for update of p;
    if not found then
        raise exception 'resume: nothing was ever read from partition % of topic %', p_partition, p_topic
            using errcode = 'HW002';
    end if;
    if before.state = 'running' then
        raise exception 'resume: partition % of topic % is not halted', p_partition, p_topic
            using errcode = 'HW002';
    end if;
    if p_next < before.next_offset then
        raise exception 'resume: partition % of topic % is counted up to offset %, so it cannot go on at %: going back is a replay into a new generation',
            p_partition, p_topic, before.next_offset, p_next using errcode = 'HW002';
    end if;
    insert into ledger.audit (who, what, detail) values (p_who, 'resume', jsonb_build_object(
        'topic', p_topic, 'partition', p_partition, 'generation', before.generation, 'state', before.state,
        'state_detail', before.state_detail, 'from_offset', before.next_offset,
        'to_offset', coalesce(p_next, before.next_offset)));
    return query update ledger.position p set
            state = 'running', state_detail = '', term = p.term + 1, owner = '',
            next_offset = coalesce(p_next, p.next_offset),
            last_offset = case when p_next is null then p.last_offset end,
            last_timestamp = case when p_next is null then p.last_timestamp end,
            last_hash = case when p_next is null then p.last_hash end
        where p.topic_partition = before.topic_partition and p.generation = before.generation
        returning p.*;
    perform pg_notify('headway_positions', before.topic_partition::text);
end $$;
