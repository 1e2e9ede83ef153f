"""A producer, a consumer group with a static member, and an admin client of aiokafka.

Arguments: bootstrap servers, topic, group.
"""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

RECORDS = 20
servers, topic, group = sys.argv[1:]


async def main():
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 3, 1, topic_configs={"retention.ms": "3600000"})])
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs={"segment.ms": "60000"})])
    described = str(await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)]))
    assert "60000" in described, described
    await admin.create_partitions({topic: NewPartitions(4)})

    producer = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True, compression_type="gzip")
    await producer.start()
    for number in range(RECORDS):
        await producer.send_and_wait(topic, key=str(number).encode(), value=b"event")
    await producer.stop()
    unacknowledged = AIOKafkaProducer(bootstrap_servers=servers, acks=0)
    await unacknowledged.start()
    await unacknowledged.send_and_wait(topic, b"unacknowledged")
    await unacknowledged.stop()

    generations = []
    for wanted in (RECORDS + 1, 0):
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=servers,
            group_id=group,
            group_instance_id="instance",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        for _ in range(wanted):
            await asyncio.wait_for(consumer.getone(), 20)
        if wanted > 0:
            await consumer.commit()
        generations.append(consumer._coordinator.generation)
        await consumer.stop()
    assert generations[0] == generations[1], f"a static member that restarts causes a rebalance: {generations}"

    assert (group, "consumer") in await admin.list_consumer_groups()
    offsets = await admin.list_consumer_group_offsets(group)
    assert sum(committed.offset for committed in offsets.values()) == RECORDS + 1, offsets
    await admin.delete_topics([topic])
    await admin.close()


asyncio.run(main())
