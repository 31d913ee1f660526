// A load whose own share of the processor is small: librdkafka, one client, events of one length built beforehand.
//
//   broker_load produce BOOTSTRAP TOPIC RECORDS SEED    lz4 batches, acks=all; each record acknowledged
//   broker_load consume BOOTSTRAP TOPIC RECORDS         partitions from their beginning, by batches
//
// Prints `records seconds` when the last record is acknowledged or read. The events are those of
// `headway simulate --backlog` in form: structured CloudEvents of 324 bytes with a key of ten.

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr size_t kValueLength = 324;
constexpr size_t kDistinct = 200000;
constexpr int kWaitingMax = 100000;

[[noreturn]] void fail(const std::string &why) {
  fprintf(stderr, "broker_load: %s\n", why.c_str());
  exit(1);
}

uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

std::string event(uint64_t number, uint64_t seed) {
  const uint64_t dice = mix(seed ^ number), more = mix(dice);
  char text[512];
  const int code = 410302 + int(dice % 15);
  const uint64_t ms = number * 1209600000ull / 3000000ull;
  int length = snprintf(
      text, sizeof text,
      "{\"specversion\":\"1.0\",\"id\":\"arrival-%012" PRIu64 "\",\"source\":\"/luoyang/gates/%06d-t%02d\","
      "\"type\":\"tourism.arrival.v1\",\"time\":\"2023-04-%02dT%02d:%02d:%02d.%03d+08:00\","
      "\"datacontenttype\":\"application/json\",\"data\":{\"division\":\"%06d\",\"visitors\":%03d,"
      "\"spend\":\"%05d.%02d\",\"origin\":\"CN-%02d\",\"site\":\"scenic-area-%03d\",\"overnight\":%s,"
      "\"gate\":\"",
      number, code, int(dice >> 8) & 63, 8 + int(ms / 86400000 % 14), int(ms / 3600000 % 24),
      int(ms / 60000 % 60), int(ms / 1000 % 60), int(ms % 1000), code, 100 + int(dice >> 16 & 511),
      10000 + int(more % 90000), int(more >> 20) % 100 & 63, 11 + int(more >> 32 & 31),
      int(dice >> 40) % 45 & 31, more >> 50 & 1 ? "false" : " true");
  std::string whole(text, size_t(length));
  whole.resize(kValueLength - 3, 'e');
  return whole + "\"}}";
}

rd_kafka_t *client(rd_kafka_type_t kind, const std::vector<std::pair<const char *, std::string>> &settings) {
  char reason[512];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  for (const auto &[name, value] : settings)
    if (rd_kafka_conf_set(conf, name, value.c_str(), reason, sizeof reason) != RD_KAFKA_CONF_OK) fail(reason);
  if (kind == RD_KAFKA_PRODUCER)
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t *, const rd_kafka_message_t *message, void *) {
      if (message->err) fail(std::string("not acknowledged: ") + rd_kafka_err2str(message->err));
    });
  rd_kafka_t *made = rd_kafka_new(kind, conf, reason, sizeof reason);
  if (!made) fail(reason);
  return made;
}

void report(uint64_t records, std::chrono::steady_clock::time_point began) {
  printf("%" PRIu64 " %.3f\n", records,
         std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
}

void produce(const std::string &bootstrap, const char *name, uint64_t records, uint64_t seed) {
  std::vector<std::string> events;
  for (uint64_t n = 0; n < kDistinct; ++n) events.push_back(event(seed * kDistinct + n, seed));
  const size_t key = events[0].find("/gates/") + 7;
  const auto began = std::chrono::steady_clock::now();
  rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, {
      {"bootstrap.servers", bootstrap}, {"compression.type", "lz4"}, {"acks", "all"}, {"linger.ms", "20"},
      {"batch.size", "1000000"}, {"batch.num.messages", "10000"}, {"queue.buffering.max.messages", "200000"},
      {"enable.idempotence", "true"}});
  rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, name, nullptr);
  std::vector<rd_kafka_message_t> batch(1000);
  uint64_t sent = 0;
  while (sent < records) {
    const size_t count = size_t(std::min<uint64_t>(batch.size(), records - sent));
    for (size_t n = 0; n < count; ++n) {
      const std::string &value = events[(sent + n) % kDistinct];
      batch[n] = {};
      batch[n].payload = const_cast<char *>(value.data());
      batch[n].len = value.size();
      batch[n].key = const_cast<char *>(value.data()) + key;
      batch[n].key_len = 10;
    }
    // There is always room: a queue that refuses costs the client more than sending.
    do rd_kafka_poll(producer, rd_kafka_outq_len(producer) < kWaitingMax ? 0 : 5);
    while (rd_kafka_outq_len(producer) >= kWaitingMax);
    rd_kafka_produce_batch(topic, RD_KAFKA_PARTITION_UA, 0, batch.data(), int(count));
    for (size_t n = 0; n < count; ++n)
      if (batch[n].err) fail(rd_kafka_err2str(batch[n].err));
    sent += count;
  }
  while (rd_kafka_outq_len(producer) > 0) rd_kafka_poll(producer, 100);
  report(records, began);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(producer);
}

void consume(const std::string &bootstrap, const char *name, uint64_t records) {
  const auto began = std::chrono::steady_clock::now();
  rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, {
      {"bootstrap.servers", bootstrap}, {"group.id", "broker-load"}, {"enable.auto.commit", "false"},
      {"auto.offset.reset", "error"}, {"isolation.level", "read_committed"}, {"fetch.wait.max.ms", "100"},
      {"fetch.message.max.bytes", "4194304"}, {"check.crcs", "false"},
      // librdkafka before 2.2 pauses when its queue is full and wakes late: that would be measured instead.
      {"queued.max.messages.kbytes", "524288"}, {"queued.min.messages", "5000000"}});
  rd_kafka_poll_set_consumer(consumer);
  const rd_kafka_metadata_t *metadata;
  rd_kafka_topic_t *topic = rd_kafka_topic_new(consumer, name, nullptr);
  if (auto code = rd_kafka_metadata(consumer, 0, topic, &metadata, 20000)) fail(rd_kafka_err2str(code));
  rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(8);
  for (int n = 0; n < metadata->topics[0].partition_cnt; ++n)
    rd_kafka_topic_partition_list_add(all, name, n)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(consumer, all);
  rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer);
  std::vector<rd_kafka_message_t *> batch(5000);
  uint64_t got = 0, bytes = 0;
  while (got < records) {
    const ssize_t count = rd_kafka_consume_batch_queue(queue, 10000, batch.data(), batch.size());
    if (count <= 0) fail("nothing came for 10 s");
    for (ssize_t n = 0; n < count; ++n) {
      if (batch[size_t(n)]->err) fail(rd_kafka_message_errstr(batch[size_t(n)]));
      bytes += batch[size_t(n)]->len;
      rd_kafka_message_destroy(batch[size_t(n)]);
    }
    got += uint64_t(count);
  }
  if (bytes != got * kValueLength) fail("values of another length");
  report(records, began);
  rd_kafka_queue_destroy(queue);
  rd_kafka_topic_partition_list_destroy(all);
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(topic);
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
}

}  // namespace

int main(int count, char **words) {
  if (count < 5) fail("produce|consume BOOTSTRAP TOPIC RECORDS [SEED]");
  const uint64_t records = strtoull(words[4], nullptr, 10);
  const uint64_t seed = count > 5 ? strtoull(words[5], nullptr, 10) : 1;
  if (!strcmp(words[1], "produce")) produce(words[2], words[3], records, seed);
  else consume(words[2], words[3], records);
}
