"""A producer, a consumer group and an admin client of kafka-python.

Arguments: bootstrap servers, topic, group.
"""

import sys

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic

RECORDS = 20
servers, topic, group = sys.argv[1:]

admin = KafkaAdminClient(bootstrap_servers=servers)
admin.create_topics([NewTopic(topic, 3, 1, topic_configs={"retention.ms": "3600000"})])
admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs={"segment.ms": "60000"})])
admin.create_partitions({topic: NewPartitions(4)})
described = str(admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)]))
assert "segment.ms" in described and "60000" in described, described
assert topic in admin.list_topics()
cluster = admin.describe_cluster()
assert len(cluster["brokers"]) == 1, cluster
admin.describe_log_dirs()

producer = KafkaProducer(bootstrap_servers=servers, acks="all", compression_type="gzip")
sent = [producer.send(topic, key=str(number).encode(), value=b"event") for number in range(RECORDS)]
assert all(future.get(timeout=20).offset >= 0 for future in sent)
producer.close()
unacknowledged = KafkaProducer(bootstrap_servers=servers, acks=0)
unacknowledged.send(topic, b"unacknowledged").get(timeout=20)
unacknowledged.close()

consumer = KafkaConsumer(
    topic,
    bootstrap_servers=servers,
    group_id=group,
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    consumer_timeout_ms=20000,
)
for read, _ in enumerate(consumer, 1):
    if read == RECORDS + 1:
        break
assert read == RECORDS + 1, read
consumer.commit()
consumer.close()

groups = str(admin.list_groups())
assert group in groups, groups
assert "Empty" in str(admin.describe_groups([group]))
offsets = admin.list_group_offsets(group)
assert sum(committed.offset for committed in offsets[group].values()) == RECORDS + 1, offsets
admin.delete_groups([group])
admin.delete_topics([topic])
admin.close()
