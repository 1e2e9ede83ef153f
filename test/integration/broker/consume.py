"""Reads a topic as a member of a group and prints one JSON line per assignment and per record.

Arguments: bootstrap servers, topic, group. Ends, and leaves the group, when standard input ends.
"""

import json
import sys
import threading

from confluent_kafka import Consumer

bootstrap_servers, topic, group = sys.argv[1:]
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()


def say(**fields):
    print(json.dumps(fields), flush=True)


consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": group, "auto.offset.reset": "earliest"})
consumer.subscribe(
    [topic], on_assign=lambda _, partitions: say(assigned=sorted(item.partition for item in partitions))
)
while not stop.is_set():
    message = consumer.poll(0.1)
    if message is None:
        continue
    if message.error():
        say(error=str(message.error()))
    else:
        say(key=message.key().decode(), value=json.loads(message.value()))
consumer.close()
