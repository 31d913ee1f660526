-- Reading views: the live generation only, figures in base units, times in UTC. Columns may be added at the
-- end; none is ever renamed or removed.
create function ledger.base_units(p_value numeric, p_scale int4) returns numeric
    language sql immutable strict parallel safe as $$ select trim_scale(p_value * ('1e-' || p_scale)::numeric) $$;
comment on function ledger.base_units(numeric, int4) is 'An integer of 10^-scale units as an exact decimal.';

create function ledger.shown(p_bytes bytea) returns text language plpgsql immutable strict parallel safe as $$
begin
    return convert_from(p_bytes, 'UTF8');
exception when others then
    return encode(p_bytes, 'escape');
end $$;
comment on function ledger.shown(bytea) is 'Bytes as the text that they are, or with escapes where they are none.';

create view headway.hourly as
select s.name as stream, m.name as metric, b.division, nullif(r.breakdown, '') as breakdown,
    nullif(r.member, '') as member, b.hour, ledger.base_units(sum(b.value), m.scale) as value,
    sum(b.events)::int8 as events, m.unit
from ledger.bucket_hour b
join ledger.topic_partition tp on tp.id = b.topic_partition
join ledger.stream s on s.name = tp.stream and s.live_generation = b.generation
join ledger.series r on r.id = b.series
join ledger.metric m on m.name = r.metric
group by s.name, m.name, m.scale, m.unit, b.division, r.breakdown, r.member, b.hour
having sum(b.value) <> 0 or sum(b.events) <> 0;

create view headway.daily as
select s.name as stream, m.name as metric, b.division, nullif(r.breakdown, '') as breakdown,
    nullif(r.member, '') as member, b.day, ledger.base_units(sum(b.value), m.scale) as value,
    sum(b.events)::int8 as events, m.unit
from ledger.bucket_day b
join ledger.topic_partition tp on tp.id = b.topic_partition
join ledger.stream s on s.name = tp.stream and s.live_generation = b.generation
join ledger.series r on r.id = b.series
join ledger.metric m on m.name = r.metric
group by s.name, m.name, m.scale, m.unit, b.division, r.breakdown, r.member, b.day
having sum(b.value) <> 0 or sum(b.events) <> 0;

create view headway.rolling as
select v.metric, v.place, v."window", nullif(v.breakdown, '') as breakdown,
    nullif(v.member, '') as member, v.as_of, trim_scale(v.value) as value, v.events, m.unit
from ledger.rolling_value v
left join ledger.metric m on m.name = v.metric;

create view headway.target_status as
select t.plan, t.id as target, t.name_zh, t.name_en, t.sector, t.area, st.status,
    trim_scale(st.value) as value, trim_scale(st.expected) as expected,
    ledger.base_units(st.pace::numeric, 6) as pace, trim_scale(st.projected) as projected,
    st.as_of, st.since, st.sequence, t.kind, t.bound, ledger.base_units(t.value::numeric, t.scale) as goal,
    ledger.base_units(t.value_max::numeric, t.scale) as goal_max, t.unit, t.window_start, t.deadline,
    t.stream, t.ordinal, st.candidate, st.candidate_since, st.revision
from ledger.target t
left join ledger.target_state st on st.plan = t.plan and st.target = t.id;

create view headway.status_changes as
select c.plan, (d.data ->> 'revision')::int4 as revision, c.target, c.sequence,
    d.data ->> 'from' as "from", d.data ->> 'to' as "to", d.data ->> 'cause' as cause,
    (d.data ->> 'asOf')::timestamptz as as_of, (d.data ->> 'watermark')::timestamptz as watermark,
    (d.data ->> 'value')::numeric as value, (d.data ->> 'expected')::numeric as expected,
    (d.data ->> 'pace')::numeric as pace, (d.data ->> 'projected')::numeric as projected,
    d.data -> 'goal' as goal, d.data -> 'rule' as rule, d.data -> 'positions' as positions,
    (d.data ->> 'previousSequence')::int8 as previous_sequence, c.decided_at, c.round, c.data
from ledger.status_change c
cross join lateral (select c.data::jsonb) as d (data);

create view headway.dead_letters as
select tp.topic || '/' || tp.partition || '/' || d.generation || '/' || d.record_offset as id,
    tp.topic, tp.partition, d.record_offset, d.stage, d.reason, d.message, d.key, d.value,
    (select coalesce(jsonb_agg(jsonb_build_object(
            'name', ledger.shown(h.name), 'value', ledger.shown(h.value)) order by h.place), '[]'::jsonb)
        from unnest(d.header_names, d.header_values) with ordinality as h (name, value, place)) as headers,
    d.record_time, d.state, tp.stream, d.generation
from ledger.dead_letter d
join ledger.topic_partition tp on tp.id = d.topic_partition
join ledger.stream s on s.name = tp.stream and s.live_generation = d.generation;

create view headway.positions as
select tp.topic, tp.partition, p.generation, p.term, p.state, p.next_offset, p.folded, p.duplicate,
    p.dead_letter, p.skipped, p.watermark, p.state_detail, p.owner, p.at_end, p.committed_at, tp.stream
from ledger.position p
join ledger.topic_partition tp on tp.id = p.topic_partition
join ledger.stream s on s.name = tp.stream and s.live_generation = p.generation;

create view headway.streams as
select s.name as stream, s.kind, s.topic, s.live_generation from ledger.stream s;

create view headway.metrics as
select m.name as metric, m.stream, m.unit, m.scale from ledger.metric m;

comment on view headway.hourly is 'Sums by hour of the stream''s zone: metric, division and member of a breakdown.';
comment on column headway.hourly.stream is 'The stream that the metric is folded from.';
comment on column headway.hourly.metric is 'The metric, for example tourism.visitors.';
comment on column headway.hourly.division is 'Division code (GB/T 2260), for example 410311.';
comment on column headway.hourly.breakdown is 'The second dimension, for example origin; null for the total.';
comment on column headway.hourly.member is 'The member of the breakdown, for example CN-41; null for the total.';
comment on column headway.hourly.hour is 'When the hour began. An event counts in the hour of its own time.';
comment on column headway.hourly.value is 'Sum of the measure in base units, corrections and withdrawals applied.';
comment on column headway.hourly.events is 'How many events count in the sum.';
comment on column headway.hourly.unit is 'The base unit of value.';

comment on view headway.daily is 'Sums by day of the stream''s zone: metric, division and member of a breakdown.';
comment on column headway.daily.stream is 'The stream that the metric is folded from.';
comment on column headway.daily.metric is 'The metric, for example tourism.visitors.';
comment on column headway.daily.division is 'Division code (GB/T 2260), for example 410311.';
comment on column headway.daily.breakdown is 'The second dimension, for example origin; null for the total.';
comment on column headway.daily.member is 'The member of the breakdown, for example CN-41; null for the total.';
comment on column headway.daily.day is 'The day in the stream''s zone.';
comment on column headway.daily.value is 'Sum of the measure in base units, corrections and withdrawals applied.';
comment on column headway.daily.events is 'How many events count in the sum.';
comment on column headway.daily.unit is 'The base unit of value.';

comment on view headway.rolling is 'Rolling values of the metrics that plans watch, as the judge last computed them.';
comment on column headway.rolling.metric is 'The metric.';
comment on column headway.rolling.place is 'Digits that the divisions begin with, for example 4103.';
comment on column headway.rolling."window" is 'last_24h, last_7d, last_28d, day, week, month, quarter, year_to_date, plan_to_date or same_period_last_year.';
comment on column headway.rolling.breakdown is 'The second dimension; null for the total.';
comment on column headway.rolling.member is 'The member of the breakdown; null for the total.';
comment on column headway.rolling.as_of is 'The time up to which the window reaches.';
comment on column headway.rolling.value is 'Sum of the measure over the window in base units.';
comment on column headway.rolling.events is 'How many events count in the sum.';
comment on column headway.rolling.unit is 'The base unit of value.';

comment on view headway.target_status is 'Every target of every plan with its latest status; nulls until it was first judged.';
comment on column headway.target_status.plan is 'The plan.';
comment on column headway.target_status.target is 'The target''s id within the plan.';
comment on column headway.target_status.name_zh is 'The target''s name in Chinese.';
comment on column headway.target_status.name_en is 'The target''s name in English.';
comment on column headway.target_status.sector is 'The sector that the target belongs to.';
comment on column headway.target_status.area is 'The area within the sector.';
comment on column headway.target_status.status is 'pending, no_data, on_track, at_risk, off_track, achieved or missed.';
comment on column headway.target_status.value is 'What was reached at as_of, in base units.';
comment on column headway.target_status.expected is 'What the trajectory expects at as_of, in base units.';
comment on column headway.target_status.pace is 'One where value is as expected, less where it is behind.';
comment on column headway.target_status.projected is 'Where the target would end at this pace, in base units.';
comment on column headway.target_status.as_of is 'Plan time of the latest evaluation.';
comment on column headway.target_status.since is 'Plan time since which it has this status.';
comment on column headway.target_status.sequence is 'Sequence number of the change that led to this status.';
comment on column headway.target_status.kind is 'total, level, growth, delta or milestone.';
comment on column headway.target_status.bound is 'at_least, at_most, about or range.';
comment on column headway.target_status.goal is 'The promised figure in base units; the lower end of a range.';
comment on column headway.target_status.goal_max is 'The upper end of a range, else null.';
comment on column headway.target_status.unit is 'The unit of all figures of the row.';
comment on column headway.target_status.window_start is 'The first day that counts.';
comment on column headway.target_status.deadline is 'The last day that counts.';
comment on column headway.target_status.stream is 'The stream that the target is judged by.';
comment on column headway.target_status.ordinal is 'The target''s place in the plan.';
comment on column headway.target_status.candidate is 'A worse status that is deserved but still held back.';
comment on column headway.target_status.candidate_since is 'Plan time since which the candidate has been deserved.';
comment on column headway.target_status.revision is 'Plan revision of the latest evaluation.';

comment on view headway.status_changes is 'The change log: one row a change, in the order of publication.';
comment on column headway.status_changes.plan is 'The plan.';
comment on column headway.status_changes.revision is 'The plan''s revision that was judged by.';
comment on column headway.status_changes.target is 'The target''s id within the plan.';
comment on column headway.status_changes.sequence is 'Number of the change in its plan: from 1, without gaps.';
comment on column headway.status_changes."from" is 'The status before; null for a target''s first.';
comment on column headway.status_changes."to" is 'The status since.';
comment on column headway.status_changes.cause is 'live, late, correction, replay, plan or clock.';
comment on column headway.status_changes.as_of is 'Plan time at which the target was judged.';
comment on column headway.status_changes.watermark is 'Event time up to which its stream was complete.';
comment on column headway.status_changes.value is 'What was reached, in base units.';
comment on column headway.status_changes.expected is 'What the trajectory expected, in base units.';
comment on column headway.status_changes.pace is 'One where value is as expected, less where it is behind.';
comment on column headway.status_changes.projected is 'Where the target would end at this pace, in base units.';
comment on column headway.status_changes.goal is 'The promise: bound, value, unit and deadline.';
comment on column headway.status_changes.rule is 'Thresholds, hold and dwell in force.';
comment on column headway.status_changes.positions is 'Per topic partition the next offset of the aggregates that were seen.';
comment on column headway.status_changes.previous_sequence is 'Number of the target''s change before; null for its first.';
comment on column headway.status_changes.decided_at is 'When it was decided, by the wall clock.';
comment on column headway.status_changes.round is 'The judge''s round that found it.';
comment on column headway.status_changes.data is 'The published JSON, to the byte.';

comment on view headway.dead_letters is 'Records that could not be counted, as they were, with the reason.';
comment on column headway.dead_letters.id is 'TOPIC/PARTITION/GENERATION/OFFSET.';
comment on column headway.dead_letters.topic is 'The topic that the record was read from.';
comment on column headway.dead_letters.partition is 'Its partition.';
comment on column headway.dead_letters.record_offset is 'Its offset.';
comment on column headway.dead_letters.stage is 'decode, validate or apply.';
comment on column headway.dead_letters.reason is 'A stable word such as bad_json, bad_time or out_of_range.';
comment on column headway.dead_letters.message is 'What is wrong, where, at which byte.';
comment on column headway.dead_letters.key is 'The record''s key.';
comment on column headway.dead_letters.value is 'The record''s value.';
comment on column headway.dead_letters.headers is 'The record''s headers in order: objects of name and value; what is no UTF-8 has its bytes as \ooo.';
comment on column headway.dead_letters.record_time is 'The record''s own timestamp.';
comment on column headway.dead_letters.state is 'waiting, redriven or discarded.';
comment on column headway.dead_letters.stream is 'The stream that reads the topic.';
comment on column headway.dead_letters.generation is 'The generation that put it aside.';

comment on view headway.positions is 'How far each partition is read into the ledger, and what became of its records.';
comment on column headway.positions.topic is 'The topic.';
comment on column headway.positions.partition is 'Its partition.';
comment on column headway.positions.generation is 'The live generation of the stream''s aggregates.';
comment on column headway.positions.term is 'Number of the present owner: each claim raises it.';
comment on column headway.positions.state is 'running, halted_data_loss, halted_diverged, halted_corrupt or halted_dead_letters.';
comment on column headway.positions.next_offset is 'The next offset to be read; all before it is in the aggregates.';
comment on column headway.positions.folded is 'Records that count in the aggregates.';
comment on column headway.positions.duplicate is 'Records whose event had been seen before.';
comment on column headway.positions.dead_letter is 'Records that were put aside.';
comment on column headway.positions.skipped is 'Tombstones and records of types that are ignored on purpose.';
comment on column headway.positions.watermark is 'Event time up to which the partition is taken as complete.';
comment on column headway.positions.state_detail is 'Why the partition is halted.';
comment on column headway.positions.owner is 'The instance that claimed it last.';
comment on column headway.positions.at_end is 'Whether the last commit had read the partition to its end.';
comment on column headway.positions.committed_at is 'When the last commit happened.';
comment on column headway.positions.stream is 'The stream that reads the topic.';

comment on view headway.streams is 'The streams that the ledger knows.';
comment on column headway.streams.stream is 'The stream.';
comment on column headway.streams.kind is 'events or measurements.';
comment on column headway.streams.topic is 'The topic that it is read from.';
comment on column headway.streams.live_generation is 'The generation of aggregates that readers see.';

comment on view headway.metrics is 'The metrics that the ledger knows.';
comment on column headway.metrics.metric is 'The metric.';
comment on column headway.metrics.stream is 'The stream that it is folded from.';
comment on column headway.metrics.unit is 'The base unit of its figures.';
comment on column headway.metrics.scale is 'Decimals that the ledger keeps.';

-- For analysts and dashboards: reads the views and nothing else. Roles belong to the whole cluster, so it may
-- be there already, and whoever migrates may not be permitted to make it.
do $$
begin
    if not exists (select from pg_roles where rolname = 'headway_reader') then
        begin
            create role headway_reader nologin;
        exception when insufficient_privilege or duplicate_object or unique_violation then
            null;
        end;
    end if;
    if exists (select from pg_roles where rolname = 'headway_reader') then
        grant usage on schema headway to headway_reader;
        grant select on all tables in schema headway to headway_reader;
        alter default privileges in schema headway grant select on tables to headway_reader;
    end if;
end $$;
