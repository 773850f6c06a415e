"""Reads a topic of Freshet's, such as flight-delays.predictions or drift-alerts, and prints each record as JSON.

    pip install -r requirements.txt
    python read_predictions.py HOST:PORT REGISTRY_URL [TOPIC] [COUNT]
"""

import json
import sys

from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

brokers, registry = sys.argv[1:3]
topic = sys.argv[3] if len(sys.argv) > 3 else "flight-delays.predictions"
left = int(sys.argv[4]) if len(sys.argv) > 4 else None

to_dict = AvroDeserializer(SchemaRegistryClient({"url": registry}))
consumer = Consumer({
    "bootstrap.servers": brokers,
    "group.id": "python-reader",
    "auto.offset.reset": "earliest",
    # Predictions are written in transactions: only committed ones count.
    "isolation.level": "read_committed",
})
consumer.subscribe([topic])
try:
    while left is None or left > 0:
        record = consumer.poll(1.0)
        if record is None:
            continue
        if record.error():
            raise SystemExit(f"{topic}: {record.error()}")
        value = to_dict(record.value(), SerializationContext(topic, MessageField.VALUE))
        print(json.dumps(value, default=str), flush=True)
        left = None if left is None else left - 1
except KeyboardInterrupt:
    pass
finally:
    consumer.close()
