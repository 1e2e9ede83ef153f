import murmur2 from 'kafkajs/src/producer/partitioners/default/murmur2';

export { murmur2 };
