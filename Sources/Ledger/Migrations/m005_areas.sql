-- What readers group and name the targets by, and the figures of event-fed targets by division.

alter table ledger.stream add column zone text not null default '';

-- Null where the target is fed otherwise; breakdown and member are null for a metric's total.
alter table ledger.target
    add column metric text,
    add column breakdown text,
    add column member text,
    add column projection_method text not null default '';

create table ledger.area (
    plan text not null references ledger.plan,
    area text not null,
    ordinal int4 not null,
    name_zh text not null,
    name_en text not null,
    primary key (plan, area)
);

create table ledger.division (
    plan text not null references ledger.plan,
    division int4 not null,
    ordinal int4 not null,
    name_zh text not null,
    name_en text not null,
    primary key (plan, division)
);

create or replace view headway.target_status as
select t.plan, t.id as target, t.name_zh, t.name_en, t.sector, t.area, st.status,
    trim_scale(st.value) as value, trim_scale(st.expected) as expected,
    ledger.base_units(st.pace::numeric, 6) as pace, trim_scale(st.projected) as projected,
    st.as_of, st.since, st.sequence, t.kind, t.bound, ledger.base_units(t.value::numeric, t.scale) as goal,
    ledger.base_units(t.value_max::numeric, t.scale) as goal_max, t.unit, t.window_start, t.deadline,
    t.stream, t.ordinal, st.candidate, st.candidate_since, st.revision,
    t.projection_method, a.name_zh as area_zh, a.name_en as area_en, t.metric, t.breakdown, t.member
from ledger.target t
left join ledger.target_state st on st.plan = t.plan and st.target = t.id
left join ledger.area a on a.plan = t.plan and a.area = t.area;

-- One row an area, counts by status: the rest of `targets` has not been judged yet.
create view headway.areas as
select coalesce(a.plan, c.plan) as plan, coalesce(a.area, c.area) as area, a.name_zh, a.name_en,
    coalesce(c.targets, 0) as targets, coalesce(c.pending, 0) as pending, coalesce(c.no_data, 0) as no_data,
    coalesce(c.on_track, 0) as on_track, coalesce(c.at_risk, 0) as at_risk,
    coalesce(c.off_track, 0) as off_track, coalesce(c.achieved, 0) as achieved, coalesce(c.missed, 0) as missed,
    -- Areas without a name come after those with one, in the order of their targets.
    coalesce(a.ordinal, 1000000 + c.ordinal) as ordinal
from ledger.area a
full join (
    select v.plan, v.area, min(v.ordinal) as ordinal, count(*) as targets,
        count(*) filter (where v.status = 'pending') as pending,
        count(*) filter (where v.status = 'no_data') as no_data,
        count(*) filter (where v.status = 'on_track') as on_track,
        count(*) filter (where v.status = 'at_risk') as at_risk,
        count(*) filter (where v.status = 'off_track') as off_track,
        count(*) filter (where v.status = 'achieved') as achieved,
        count(*) filter (where v.status = 'missed') as missed
    from headway.target_status v group by v.plan, v.area) c on c.plan = a.plan and c.area = a.area;

create view headway.sectors as
select v.plan, v.sector, count(*) as targets,
    count(*) filter (where v.status = 'pending') as pending,
    count(*) filter (where v.status = 'no_data') as no_data,
    count(*) filter (where v.status = 'on_track') as on_track,
    count(*) filter (where v.status = 'at_risk') as at_risk,
    count(*) filter (where v.status = 'off_track') as off_track,
    count(*) filter (where v.status = 'achieved') as achieved,
    count(*) filter (where v.status = 'missed') as missed
from headway.target_status v group by v.plan, v.sector;

-- The midnight that ends a month belongs to it: what is judged then has seen the month and nothing else.
create view headway.status_by_month as
with change as materialized (
    select c.plan, c.target, c.sequence, d.data ->> 'to' as status, (d.data ->> 'asOf')::timestamptz as as_of
    from ledger.status_change c
    join ledger.target t on t.plan = c.plan and t.id = c.target
    cross join lateral (select c.data::jsonb) d (data)
), month as (
    select p.id as plan, m::date as month, (m + interval '1 month') at time zone p.zone as ends
    from ledger.plan p
    join (select plan, max(as_of) as as_of from ledger.target_state group by plan) j on j.plan = p.id
    cross join lateral generate_series(date_trunc('month', p.period_start::timestamp),
        j.as_of at time zone p.zone, interval '1 month') m
    where (m + interval '1 month') at time zone p.zone <= j.as_of
)
select m.plan, m.month, s.status, count(*) as targets
from month m
cross join lateral (
    select distinct on (c.target) c.status from change c
    where c.plan = m.plan and c.as_of <= m.ends
    order by c.target, c.sequence desc) s
group by m.plan, m.month, s.status;

-- What the latest evaluation could see: hours of the target's window that began before its as_of. Days are
-- read whole where the stream's days are the plan's, hours only for the rest.
create view headway.target_divisions as
with fed as (
    select t.plan, t.id as target, p.place, s.name as stream, s.live_generation as generation,
        r.id as series, m.scale, m.unit, st.as_of, t.window_start, s.zone = p.zone as by_days,
        (e.ends at time zone p.zone)::date as whole_until,
        case when s.zone = p.zone
            then greatest(e.starts, date_trunc('day', e.ends at time zone p.zone) at time zone p.zone)
            else e.starts end as hours_from,
        e.ends
    from ledger.target t
    join ledger.plan p on p.id = t.plan
    join ledger.target_state st on st.plan = t.plan and st.target = t.id
    join ledger.metric m on m.name = t.metric
    join ledger.stream s on s.name = m.stream
    left join ledger.series r on r.metric = t.metric and r.breakdown = coalesce(t.breakdown, '')
        and r.member = coalesce(t.member, '')
    cross join lateral (select t.window_start::timestamp at time zone p.zone as starts,
        least(st.as_of, (t.deadline + 1)::timestamp at time zone p.zone) as ends) e
), bucket as (
    select f.plan, f.target, b.division, b.value, b.events
    from fed f
    join ledger.topic_partition tp on tp.stream = f.stream
    join ledger.bucket_day b on b.topic_partition = tp.id and b.generation = f.generation
        and b.series = f.series and b.day >= f.window_start and b.day < f.whole_until
        and b.division::text like f.place || '%'
    where f.by_days
    union all
    select f.plan, f.target, b.division, b.value, b.events
    from fed f
    join ledger.topic_partition tp on tp.stream = f.stream
    join ledger.bucket_hour b on b.topic_partition = tp.id and b.generation = f.generation
        and b.series = f.series and b.hour >= f.hours_from and b.hour < f.ends
        and b.division::text like f.place || '%'
), counted as (
    select plan, target, division, sum(value) as value, sum(events)::int8 as events
    from bucket group by plan, target, division
    having sum(value) <> 0 or sum(events) <> 0
), listed as (
    select plan, target, division from counted
    union
    select f.plan, f.target, d.division from fed f join ledger.division d on d.plan = f.plan
)
select l.plan, l.target, l.division, d.name_zh, d.name_en,
    ledger.base_units(coalesce(c.value, 0), f.scale) as value, coalesce(c.events, 0) as events,
    round(c.value / nullif(sum(c.value) over (partition by l.plan, l.target), 0), 6) as share,
    f.unit, f.as_of, coalesce(d.ordinal, 1000000) as ordinal
from listed l
join fed f on f.plan = l.plan and f.target = l.target
left join counted c on c.plan = l.plan and c.target = l.target and c.division = l.division
left join ledger.division d on d.plan = l.plan and d.division = l.division;

comment on column headway.target_status.area is 'The area of the plan: headline, or the number of a work area.';
comment on column headway.target_status.projection_method is
    'seasonal_run_rate: value over the share that the trajectory has behind it; latest_figure and count: the value as it is.';
comment on column headway.target_status.area_zh is 'The area''s name in Chinese; null where the plan gives none.';
comment on column headway.target_status.area_en is 'The area''s name in English; null where the plan gives none.';
comment on column headway.target_status.metric is 'The metric that feeds it; null where an indicator does.';
comment on column headway.target_status.breakdown is 'The metric''s breakdown that it is narrowed by; null for the total.';
comment on column headway.target_status.member is 'The breakdown''s member that counts; null for the total.';

comment on view headway.areas is 'The areas of each plan with the counts of their targets by status.';
comment on column headway.areas.plan is 'The plan.';
comment on column headway.areas.area is 'headline, or the number of a work area.';
comment on column headway.areas.name_zh is 'Its name in Chinese; null where the plan gives none.';
comment on column headway.areas.name_en is 'Its name in English; null where the plan gives none.';
comment on column headway.areas.targets is 'How many targets it has, judged or not.';
comment on column headway.areas.pending is 'Targets whose window has not begun.';
comment on column headway.areas.no_data is 'Targets that have nothing to be judged by.';
comment on column headway.areas.on_track is 'Targets on track.';
comment on column headway.areas.at_risk is 'Targets at risk.';
comment on column headway.areas.off_track is 'Targets off track.';
comment on column headway.areas.achieved is 'Targets achieved.';
comment on column headway.areas.missed is 'Targets missed.';
comment on column headway.areas.ordinal is 'Sorts as the plan does.';

comment on view headway.sectors is 'The sectors of each plan with the counts of their targets by status.';
comment on column headway.sectors.plan is 'The plan.';
comment on column headway.sectors.sector is 'The sector.';
comment on column headway.sectors.targets is 'How many targets it has, judged or not.';
comment on column headway.sectors.pending is 'Targets whose window has not begun.';
comment on column headway.sectors.no_data is 'Targets that have nothing to be judged by.';
comment on column headway.sectors.on_track is 'Targets on track.';
comment on column headway.sectors.at_risk is 'Targets at risk.';
comment on column headway.sectors.off_track is 'Targets off track.';
comment on column headway.sectors.achieved is 'Targets achieved.';
comment on column headway.sectors.missed is 'Targets missed.';

comment on view headway.status_by_month is 'How many targets had which status when each month ended, by the change log.';
comment on column headway.status_by_month.plan is 'The plan.';
comment on column headway.status_by_month.month is 'First day of a month, of the plan''s zone, that has ended.';
comment on column headway.status_by_month.status is 'The status at the midnight that ends the month.';
comment on column headway.status_by_month.targets is 'How many of the targets that the plan has now had it.';

comment on view headway.target_divisions is 'Event-fed targets by division: what the latest evaluation saw of the target''s window.';
comment on column headway.target_divisions.plan is 'The plan.';
comment on column headway.target_divisions.target is 'The target''s id within the plan.';
comment on column headway.target_divisions.division is 'Division code; the named ones of the plan, and others with events.';
comment on column headway.target_divisions.name_zh is 'The division''s name in Chinese; null where the plan gives none.';
comment on column headway.target_divisions.name_en is 'The division''s name in English; null where the plan gives none.';
comment on column headway.target_divisions.value is 'Sum of the target''s metric there, in base units (for growth as well).';
comment on column headway.target_divisions.events is 'How many events count in it.';
comment on column headway.target_divisions.share is 'Part of the sum over all divisions of the place; null where there is none.';
comment on column headway.target_divisions.unit is 'The unit of value.';
comment on column headway.target_divisions.as_of is 'Plan time of the evaluation.';
comment on column headway.target_divisions.ordinal is 'Sorts as the plan does.';

do $$
begin
    if exists (select from pg_roles where rolname = 'headway_reader') then
        grant select on all tables in schema headway to headway_reader;
    end if;
end $$;
