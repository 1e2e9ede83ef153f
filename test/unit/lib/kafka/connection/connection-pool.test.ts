import { connectionOptions } from '../../../../../lib/kafka/client/connection.ts';
import { kafkaConfiguration } from '../../../../../lib/kafka/configuration.ts';
import { ConnectionPool } from '../../../../../lib/kafka/connection/connection-pool.ts';
import { startTestBroker } from '../../../../support/broker.ts';

async function poolAndAddress(): Promise<{ pool: ConnectionPool; address: string }> {
  const { address } = await startTestBroker();
  const pool = new ConnectionPool(await connectionOptions(kafkaConfiguration({ KAFKA_BROKERS: address })));
  return { pool, address };
}

test('those who connect to an address at the same time share one connection', async () => {
  const { pool, address } = await poolAndAddress();
  const [first, second] = await Promise.all([pool.to(address), pool.to(address)]);
  expect(second).toBe(first);
  expect(pool.find(address)).toBe(first);
  await pool.close();
});

test('a connection counts while it opens, and no longer when it is lost', async () => {
  const { pool, address } = await poolAndAddress();
  const opening = pool.to(address);
  expect(pool.addresses).toEqual([address]);
  await (await opening).close();
  expect(pool.addresses).toEqual([]);
  expect(pool.find(address)).toBeUndefined();
  await pool.close();
});

test('an address that cannot be reached is tried again', async () => {
  const { pool, address } = await poolAndAddress();
  const [host] = address.split(':');
  await expect(pool.to(`${host}:1`)).rejects.toThrow('ECONNREFUSED');
  expect(pool.addresses).toEqual([]);
  await expect(pool.to(`${host}:1`)).rejects.toThrow('ECONNREFUSED');
  await pool.close();
});

test('nothing is connected once the pool is closed', async () => {
  const { pool, address } = await poolAndAddress();
  await pool.close();
  await expect(pool.to(address)).rejects.toThrow('The connections were closed');
});
