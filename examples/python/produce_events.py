"""Writes flights and their outcomes straight to Kafka, in Avro, as a producer that does not go through ingest-service.

    pip install -r requirements.txt
    python produce_events.py HOST:PORT REGISTRY_URL [PIPELINE] [COUNT]

feature-stream checks them by the same rules as ingest-service and answers what it refuses on PIPELINE.rejected.
"""

import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

brokers, registry = sys.argv[1:3]
pipeline = sys.argv[3] if len(sys.argv) > 3 else "flight-delays"
count = int(sys.argv[4]) if len(sys.argv) > 4 else 10

# The schemas are those that the pipeline file names. Registering what the registry holds already changes nothing.
schemas = Path(__file__).resolve().parents[2] / "pipelines" / "flight-delays"
client = SchemaRegistryClient({"url": registry})
event_bytes = AvroSerializer(client, (schemas / "flight.avsc").read_text())
label_bytes = AvroSerializer(client, (schemas / "flight-outcome.avsc").read_text())
producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True})
failures = []


def send(topic, key, value, serialize):
    producer.produce(
        topic,
        key=key,
        value=serialize(value, SerializationContext(topic, MessageField.VALUE)),
        on_delivery=lambda error, _: failures.append(error) if error else None,
    )


now = datetime.now(timezone.utc)
for i in range(count):
    flight = f"python-{time.time_ns()}-{i}"
    departure = now + timedelta(milliseconds=i)
    # Events are keyed by the entity (event.key in the pipeline file), labels by the event's id.
    send(f"{pipeline}.events", "BOS", {
        "flightId": flight,
        "departure": departure,
        "origin": "BOS",
        "destination": "ORD",
        "distance": 867,
    }, event_bytes)
    send(f"{pipeline}.labels", flight, {
        "flightId": flight,
        "arrival": departure + timedelta(milliseconds=count),
        "delayMinutes": 20 if i % 2 else 0,
    }, label_bytes)
producer.flush(30)
if failures:
    raise SystemExit(f"{len(failures)} records were not taken: {failures[0]}")
print(f"{count} events and {count} labels are on {pipeline}.events and {pipeline}.labels")
