-- Reading views: the live generation only, figures in base units.
create view headway.positions as
select tp.topic, tp.partition, p.generation, p.term, p.state, p.next_offset, p.folded, p.duplicate,
    p.dead_letter, p.skipped, p.watermark, p.state_detail, p.owner, p.at_end, p.committed_at
from ledger.position p
join ledger.topic_partition tp on tp.id = p.topic_partition
join ledger.stream s on s.name = tp.stream and s.live_generation = p.generation;
