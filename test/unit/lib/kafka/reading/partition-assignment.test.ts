import fc from 'fast-check';
import {
  assignedPartitions,
  assignPartitions,
  groupProtocols,
  subscribedTopics,
} from '../../../../../lib/kafka/reading/partition-assignment.ts';

function member(memberId: string, topic = 'orders') {
  const metadata = groupProtocols(topic)[0]?.metadata ?? Buffer.alloc(0);
  return { memberId, memberMetadata: metadata };
}

const assignors = groupProtocols('orders').map(({ name }) => name);

describe.each(assignors)('%s', (assignor) => {
  test('gives every partition to exactly one member, as evenly as possible', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 20 }), (members, partitions) => {
        const group = Array.from({ length: members }, (_, index) => member(`m${index}`));
        const shares = assignPartitions(assignor, group, () => partitions).map(({ memberAssignment }) =>
          assignedPartitions(memberAssignment, 'orders'),
        );
        expect(shares.flat().toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: partitions }, (_, p) => p),
        );
        const sizes = shares.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('gives a topic only to members that read it', () => {
    const group = [member('a', 'orders'), member('b', 'payments')];
    const [a, b] = assignPartitions(assignor, group, () => 2);
    expect(assignedPartitions(a?.memberAssignment ?? Buffer.alloc(0), 'orders')).toEqual([0, 1]);
    expect(assignedPartitions(b?.memberAssignment ?? Buffer.alloc(0), 'orders')).toEqual([]);
    expect(assignedPartitions(b?.memberAssignment ?? Buffer.alloc(0), 'payments')).toEqual([0, 1]);
  });
});

test('the topics of a group are those of all its members', () => {
  expect(subscribedTopics([member('a', 'orders'), member('b', 'payments'), member('c', 'orders')])).toEqual([
    'orders',
    'payments',
  ]);
});

test('an assignor that was not offered is refused by name', () => {
  expect(() => assignPartitions('sticky', [member('a')], () => 1)).toThrow(/unknown assignor "sticky"/);
});
