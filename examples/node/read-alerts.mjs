// Reads drift-alerts, or another topic of Freshet's, and prints each record as JSON.
//
//   npm install
//   node read-alerts.mjs HOST:PORT REGISTRY_URL [TOPIC] [COUNT]
import kafkajs from 'kafkajs';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import lz4 from 'lz4js';

const [brokers, host, topic = 'drift-alerts', count = 'Infinity'] = process.argv.slice(2);
const { Kafka, logLevel, CompressionTypes, CompressionCodecs } = kafkajs;

// KafkaJS brings gzip only; Freshet's services write LZ4.
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async (encoder) => Buffer.from(lz4.compress(encoder.buffer)),
  decompress: async (buffer) => Buffer.from(lz4.decompress(buffer)),
});

const registry = new SchemaRegistry({ host });
const kafka = new Kafka({ clientId: 'node-reader', brokers: brokers.split(','), logLevel: logLevel.ERROR });
// Reads only what was committed, which is KafkaJS's default.
const consumer = kafka.consumer({ groupId: 'node-reader' });

let left = Number(count);
const text = (_, value) => (typeof value === 'bigint' ? value.toString() : value);
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message }) => {
    if (left-- <= 0) return;
    console.log(JSON.stringify(await registry.decode(message.value), text));
    if (left === 0) setImmediate(() => consumer.disconnect());
  },
});
