import { once } from 'node:events';
import { APIS } from '../../lib/local/broker/api/apis.ts';
import type { Attack, Ground } from './attack.ts';
import { AttackedBroker, frame } from './attacked-broker.ts';

const CONNECTIONS = 1500;
const AT_ONCE = 20;
const MAX_BODY_BYTES = 300;

/** Random bytes, proper headers with random bodies, proper requests with flipped bytes. */
export const kafkaFrames: Attack = {
  name: 'kafka-frames',
  property: 'nothing that a socket sends ends the broker or keeps others from it',
  async run(ground) {
    const broker = await AttackedBroker.start(ground);
    for (let sent = 0; sent < CONNECTIONS; sent += AT_ONCE) {
      const sockets = Array.from({ length: AT_ONCE }, async () => {
        const client = await broker.connect();
        const closed = once(client.socket, 'close');
        client.socket.resume().end(bytes(ground));
        await closed;
      });
      await Promise.all(sockets);
    }
    await broker.expectService();
    return `${CONNECTIONS} connections of hostile bytes`;
  },
};

function bytes(ground: Ground): Buffer {
  const { random } = ground;
  if (random.chance(0.2)) return noise(ground);
  const requests = Array.from({ length: random.integer(1, 5) }, () => {
    const api = random.pick(APIS);
    const version = random.integer(api.versions[0] - 1, api.versions[1] + 1);
    return frame(api.key, version, noise(ground), version >= api.flexibleFrom);
  });
  return Buffer.concat(requests);
}

/** Mostly small numbers, so that lengths and counts are often possible. */
function noise({ random }: Ground): Buffer {
  const length = random.integer(1, MAX_BODY_BYTES);
  const small = random.chance(0.7);
  return Buffer.from(
    Array.from({ length }, () =>
      small && random.chance(0.8) ? random.integer(0, 3) : random.integer(0, 255),
    ),
  );
}
