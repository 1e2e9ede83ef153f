"""Sends five messages and prints one JSON line per delivery report.

Arguments: bootstrap servers, topic.
"""

import json
import sys
import time

from confluent_kafka import Producer

bootstrap_servers, topic = sys.argv[1:]
producer = Producer({"bootstrap.servers": bootstrap_servers})


def report(error, message):
    print(json.dumps({"error": error and str(error), "partition": message.partition(), "offset": message.offset()}))


for i in range(5):
    value = {"id": i, "message": f"Event {i} from Python", "timestamp": time.time()}
    producer.produce(topic, key=str(i), value=json.dumps(value), callback=report)

sys.exit(producer.flush(20))
