-- What the relay writes: how far each shard is published, and what it meant to publish next.

-- Shards: `changes/PLAN` by sequence, `dead_letters/TOPIC/PARTITION/GENERATION` by record offset.
create table ledger.relay_mark (
    shard text primary key,
    published int8 not null
);

-- Written before each Kafka transaction, with the ends of the output topics as they were: after a crash the
-- topic's tail beyond them must hold exactly this batch, or nothing.
create table ledger.relay_intent (
    single boolean primary key default true check (single),
    shards text[] not null,
    from_exclusive int8[] not null,
    to_inclusive int8[] not null,
    -- TOPIC/PARTITION, and an offset behind the last record that was there.
    topics text[] not null,
    end_offsets int8[] not null
);

create table ledger.relay_state (
    single boolean primary key default true check (single),
    state text not null default 'running' check (state in ('running', 'halted_contradiction', 'halted_refused')),
    state_detail text not null default '',
    -- An operator's word after a halt, taken back by the next start: the marks are right whatever the topics hold.
    marks_trusted boolean not null default false
);
insert into ledger.relay_state default values;
