"""A producer, consumer groups and an admin client of confluent-kafka (librdkafka).

Arguments: bootstrap servers, topic, group.
"""

import sys
import time

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, Producer, TopicCollection
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

RECORDS = 20
servers, topic, group = sys.argv[1:]
client = {"bootstrap.servers": servers}


def until(what, holds, seconds=30):
    deadline = time.time() + seconds
    while not holds():
        if time.time() > deadline:
            sys.exit(f"{what}: not within {seconds} s")


admin = AdminClient(client)
created = NewTopic(topic, 3, 1, config={"retention.ms": "3600000", "flush.ms": "1000"})
admin.create_topics([created])[topic].result()
until("the topic is listed", lambda: topic in admin.list_topics(timeout=10).topics)
change = ConfigEntry("cleanup.policy", "compact", incremental_operation=AlterConfigOpType.APPEND)
resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[change])
admin.incremental_alter_configs([resource])[resource].result()
described = admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)])
configs = next(iter(described.values())).result()
assert configs["cleanup.policy"].value == "delete,compact", configs["cleanup.policy"]
assert configs["retention.ms"].value == "3600000", configs["retention.ms"]
admin.create_partitions([NewPartitions(topic, 4)])[topic].result()
cluster = admin.describe_cluster(include_authorized_operations=True).result()
assert len(cluster.nodes) == 1 and cluster.authorized_operations, cluster
description = admin.describe_topics(TopicCollection([topic]), include_authorized_operations=True)[topic].result()
assert len(description.partitions) == 4 and description.authorized_operations, description
assert str(description.topic_id) != "AAAAAAAAAAAAAAAAAAAAAA", description.topic_id

reports = []
producer = Producer({**client, "enable.idempotence": True, "compression.type": "lz4"})
for number in range(RECORDS):
    report = lambda error, message: reports.append((error, message.offset()))  # noqa: E731
    producer.produce(topic, key=str(number), value=f"event {number}", callback=report)
assert producer.flush(20) == 0
assert len(reports) == RECORDS and all(error is None and offset >= 0 for error, offset in reports), reports
unacknowledged = Producer({**client, "acks": 0})
unacknowledged.produce(topic, key="x", value="y")
assert unacknowledged.flush(20) == 0

read = []


class Member:
    def __init__(self, **config):
        self.assigned = []
        self.consumer = Consumer({**client, "group.id": group, "auto.offset.reset": "earliest", **config})
        self.consumer.subscribe([topic], on_assign=self.assign)

    def assign(self, _, partitions):
        self.assigned = [partition.partition for partition in partitions]

    def poll(self):
        message = self.consumer.poll(0.1)
        if message is not None:
            if message.error():
                raise KafkaException(message.error())
            read.append(message.value())
        return self


first = Member()
until("everything is read", lambda: first.poll() and len(read) == RECORDS + 1)
second = Member()
until("both have partitions", lambda: first.poll() and second.poll() and len(first.assigned) == len(second.assigned) == 2)
assert sorted(first.assigned + second.assigned) == [0, 1, 2, 3]
second.consumer.close()
until("the first has them all again", lambda: first.poll() and len(first.assigned) == 4)
described = admin.describe_consumer_groups([group], include_authorized_operations=True)[group].result()
assert described.type.name == "CLASSIC" and described.authorized_operations, described
listed = admin.list_consumer_groups().result()
assert [item.type.name for item in listed.valid if item.group_id == group] == ["CLASSIC"], listed.valid
first.consumer.close()

committed = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result()
assert sum(partition.offset for partition in committed.topic_partitions) == RECORDS + 1, committed.topic_partitions

# A static member comes back and finds its generation unchanged: the other member sees no rebalance.
statics = [Member(**{"group.instance.id": str(number)}) for number in range(2)]
# In a list, because a member that is not polled holds up the others.
until("both static members have partitions", lambda: [len(member.poll().assigned) for member in statics] == [2, 2])
kept = statics[1].assigned
statics[0].consumer.close()
statics[1].assigned = []
back = Member(**{"group.instance.id": "0"})
until("the static member is back", lambda: back.poll() and statics[1].poll() and len(back.assigned) == 2)
assert statics[1].assigned == [], "a static member that restarts causes a rebalance"
assert sorted(kept + back.assigned) == [0, 1, 2, 3]

transactional = Producer({**client, "transactional.id": "t", "log_level": 0})
try:
    transactional.init_transactions(3)
    sys.exit("transactions are not refused")
except KafkaException as error:
    assert "API version not supported" in str(error), error

back.consumer.close()
statics[1].consumer.close()
admin.delete_topics([topic])[topic].result()
