import {
  Group,
  type JoinRequest,
  type JoinResult,
  type SyncResult,
} from '../../../../../../lib/local/broker/groups/group.ts';

const SESSION_MS = 10_000;
const REBALANCE_MS = 60_000;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function joinRequest(options: Partial<JoinRequest> = {}): JoinRequest {
  return {
    memberId: '',
    groupInstanceId: null,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: REBALANCE_MS,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('topics') }],
    memberIdRequired: false,
    canSkipAssignment: false,
    ...options,
  };
}

function syncRequest(joined: JoinResult, assignments: Record<string, string> = {}) {
  return {
    memberId: joined.memberId,
    groupInstanceId: null,
    generationId: joined.generationId,
    protocolType: null,
    protocolName: null,
    assignments: Object.entries(assignments).map(([memberId, assignment]) => ({
      memberId,
      assignment: Buffer.from(assignment),
    })),
  };
}

const identity = ({ memberId }: { memberId: string }) => ({ memberId, groupInstanceId: null });

/** A group with one member that has its assignment. */
async function stableGroup(options: Partial<JoinRequest> = {}): Promise<{ group: Group; first: JoinResult }> {
  const group = new Group('group');
  const first = await group.join(joinRequest(options));
  await group.sync({
    ...syncRequest(first, { [first.memberId]: 'all' }),
    groupInstanceId: options.groupInstanceId ?? null,
  });
  return { group, first };
}

/** A stable group with a leader and a follower. */
async function groupOfTwo(): Promise<{ group: Group; leader: JoinResult; follower: JoinResult }> {
  const { group, first } = await stableGroup();
  const joining = group.join(joinRequest());
  const leader = await group.join(joinRequest({ memberId: first.memberId }));
  const follower = await joining;
  const waiting = group.sync(syncRequest(follower));
  await group.sync(syncRequest(leader, { [leader.memberId]: 'one', [follower.memberId]: 'two' }));
  await waiting;
  return { group, leader, follower };
}

describe('joining', () => {
  test('the first member leads, without waiting for others', async () => {
    const group = new Group('group');
    const joined = await group.join(joinRequest());
    expect(joined).toMatchObject({
      error: 'NONE',
      generationId: 1,
      leader: joined.memberId,
      protocolName: 'range',
    });
    expect(joined.members.map((member) => member.memberId)).toEqual([joined.memberId]);
    expect(group.state).toBe('CompletingRebalance');
    group.close();
  });

  test('a client that knows member ids is told its own first', async () => {
    const group = new Group('group');
    const told = await group.join(joinRequest({ memberIdRequired: true }));
    expect(told.error).toBe('MEMBER_ID_REQUIRED');
    expect(group.state).toBe('Empty');
    const joined = await group.join(joinRequest({ memberIdRequired: true, memberId: told.memberId }));
    expect(joined).toMatchObject({ error: 'NONE', memberId: told.memberId });
    group.close();
  });

  test('an unknown member id is refused', async () => {
    const { group } = await stableGroup();
    expect(await group.join(joinRequest({ memberId: 'nobody' }))).toMatchObject({
      error: 'UNKNOWN_MEMBER_ID',
    });
    group.close();
  });

  test.each([
    ['no common strategy', { protocols: [{ name: 'sticky', metadata: Buffer.alloc(0) }] }],
    ['another protocol type', { protocolType: 'connect' }],
  ])('%s with the others is refused', async (_, options) => {
    const { group } = await stableGroup();
    expect(await group.join(joinRequest(options))).toMatchObject({ error: 'INCONSISTENT_GROUP_PROTOCOL' });
    expect(group.state).toBe('Stable');
    group.close();
  });

  test('a second member starts a rebalance, which ends when the first has joined again', async () => {
    const { group, first } = await stableGroup();
    const joining = group.join(joinRequest());
    expect(group.heartbeat(identity(first), first.generationId)).toBe('REBALANCE_IN_PROGRESS');
    const again = await group.join(joinRequest({ memberId: first.memberId }));
    const second = await joining;
    expect(again).toMatchObject({ generationId: 2, leader: first.memberId });
    expect(again.members).toHaveLength(2);
    expect(second).toMatchObject({ generationId: 2, leader: first.memberId, members: [] });
    group.close();
  });

  test('the strategy most members prefer among the common ones is chosen', async () => {
    const both = (...names: string[]) => names.map((name) => ({ name, metadata: Buffer.from(name) }));
    const { group, first } = await stableGroup({ protocols: both('range', 'sticky') });
    const others = [
      group.join(joinRequest({ protocols: both('sticky', 'range') })),
      group.join(joinRequest({ protocols: both('sticky', 'range') })),
    ];
    const again = await group.join(
      joinRequest({ memberId: first.memberId, protocols: both('range', 'sticky') }),
    );
    await Promise.all(others);
    expect(again.protocolName).toBe('sticky');
    group.close();
  });

  test('a follower that joins again unchanged disturbs nobody', async () => {
    const { group, follower } = await groupOfTwo();
    const again = await group.join(joinRequest({ memberId: follower.memberId }));
    expect(again.generationId).toBe(follower.generationId);
    expect(group.state).toBe('Stable');
    group.close();
  });
});

describe('syncing', () => {
  test('everybody gets what the leader assigned', async () => {
    const group = new Group('group');
    const early = group.join(joinRequest());
    const first = await early;
    const joining = group.join(joinRequest());
    const leader = await group.join(joinRequest({ memberId: first.memberId }));
    const follower = await joining;
    const waiting = group.sync(syncRequest(follower));
    const own = await group.sync(
      syncRequest(leader, { [leader.memberId]: 'one', [follower.memberId]: 'two' }),
    );
    const other: SyncResult = await waiting;
    expect([own, other].map((result) => result.assignment.toString())).toEqual(['one', 'two']);
    expect(group.state).toBe('Stable');
    group.close();
  });

  test('whoever waits for the leader is sent back when another member joins', async () => {
    const group = new Group('group');
    const first = await group.join(joinRequest());
    const joining = group.join(joinRequest());
    await group.join(joinRequest({ memberId: first.memberId }));
    const follower = await joining;
    const waiting = group.sync(syncRequest(follower));
    void group.join(joinRequest());
    expect(await waiting).toMatchObject({ error: 'REBALANCE_IN_PROGRESS' });
    group.close();
  });

  test('members that never sync are dropped after the rebalance timeout', async () => {
    const { group, first } = await stableGroup();
    const joining = group.join(joinRequest({ sessionTimeoutMs: 10 * REBALANCE_MS }));
    const leader = await group.join(
      joinRequest({ memberId: first.memberId, sessionTimeoutMs: 10 * REBALANCE_MS }),
    );
    const follower = await joining;
    const waiting = group.sync(syncRequest(follower));
    jest.advanceTimersByTime(REBALANCE_MS);
    expect(await waiting).toMatchObject({ error: 'REBALANCE_IN_PROGRESS' });
    expect(group.heartbeat(identity(leader), leader.generationId)).toBe('UNKNOWN_MEMBER_ID');
    expect(group.heartbeat(identity(follower), follower.generationId)).toBe('REBALANCE_IN_PROGRESS');
    group.close();
  });
});

describe('staying', () => {
  test.each([
    ['an unknown member', 'nobody', 0, 'UNKNOWN_MEMBER_ID'],
    ['an old generation', '', -1, 'ILLEGAL_GENERATION'],
    ['a member in its generation', '', 0, 'NONE'],
  ])('the heartbeat of %s', async (_, memberId, older, expected) => {
    const { group, first } = await stableGroup();
    const who = identity({ memberId: memberId || first.memberId });
    expect(group.heartbeat(who, first.generationId + older)).toBe(expected);
    group.close();
  });

  test('a member that is silent for its session timeout is gone, and the others rebalance', async () => {
    const { group, leader, follower } = await groupOfTwo();
    jest.advanceTimersByTime(SESSION_MS - 1);
    expect(group.heartbeat(identity(leader), leader.generationId)).toBe('NONE');
    jest.advanceTimersByTime(1);
    expect(group.members().map((member) => member.id)).toEqual([leader.memberId]);
    expect(group.heartbeat(identity(leader), leader.generationId)).toBe('REBALANCE_IN_PROGRESS');
    expect(group.heartbeat(identity(follower), follower.generationId)).toBe('UNKNOWN_MEMBER_ID');
    group.close();
  });

  test('a member that waits for the others does not time out', async () => {
    const { group, first } = await stableGroup({ sessionTimeoutMs: 10 * REBALANCE_MS });
    const joining = group.join(joinRequest({ rebalanceTimeoutMs: REBALANCE_MS }));
    jest.advanceTimersByTime(2 * SESSION_MS);
    await group.join(joinRequest({ memberId: first.memberId }));
    expect(await joining).toMatchObject({ error: 'NONE', generationId: 2 });
    group.close();
  });

  test('a member that does not join again within the rebalance timeout is left behind', async () => {
    const { group, first } = await stableGroup({ sessionTimeoutMs: 10 * REBALANCE_MS });
    const joining = group.join(joinRequest());
    jest.advanceTimersByTime(REBALANCE_MS);
    const second = await joining;
    expect(second).toMatchObject({ error: 'NONE', leader: second.memberId });
    expect(group.heartbeat(identity(first), first.generationId)).toBe('UNKNOWN_MEMBER_ID');
    group.close();
  });
});

describe('leaving', () => {
  test('the last member leaves an empty group', async () => {
    const { group, first } = await stableGroup();
    expect(group.leave(identity(first))).toBe('NONE');
    expect(group.state).toBe('Empty');
    expect(group.abandoned).toBe(true);
  });

  test('the others rebalance at once', async () => {
    const { group, leader, follower } = await groupOfTwo();
    expect(group.leave(identity(leader))).toBe('NONE');
    const again = await group.join(joinRequest({ memberId: follower.memberId }));
    expect(again).toMatchObject({ leader: follower.memberId, generationId: leader.generationId + 1 });
    group.close();
  });

  test('an unknown member cannot leave', async () => {
    const { group } = await stableGroup();
    expect(group.leave({ memberId: 'nobody', groupInstanceId: null })).toBe('UNKNOWN_MEMBER_ID');
    group.close();
  });
});

describe('static members', () => {
  test('a new process of an instance takes over from the old one, which is fenced', async () => {
    const { group, first } = await stableGroup({ groupInstanceId: 'a' });
    const second = await group.join(joinRequest({ groupInstanceId: 'a' }));
    expect(second.error).toBe('NONE');
    expect(group.members()).toHaveLength(1);
    const old = { memberId: first.memberId, groupInstanceId: 'a' };
    expect(group.heartbeat(old, first.generationId)).toBe('FENCED_INSTANCE_ID');
    expect(await group.join(joinRequest(old))).toMatchObject({ error: 'FENCED_INSTANCE_ID' });
    expect(group.leave(old)).toBe('FENCED_INSTANCE_ID');
    group.close();
  });

  test('a restart of one causes no rebalance, and it gets the assignment of its former self', async () => {
    const { group, first } = await stableGroup({ groupInstanceId: 'a' });
    const second = await group.join(joinRequest({ groupInstanceId: 'a' }));
    expect(second).toMatchObject({ generationId: first.generationId, leader: first.memberId, members: [] });
    expect(second.memberId).not.toBe(first.memberId);
    const synced = await group.sync({ ...syncRequest(second), groupInstanceId: 'a' });
    expect(synced.assignment.toString()).toBe('all');
    expect(group.state).toBe('Stable');
    group.close();
  });

  test('a leader that restarts is told to leave the assignment as it is, if it knows how to', async () => {
    const { group } = await stableGroup({ groupInstanceId: 'a' });
    const second = await group.join(joinRequest({ groupInstanceId: 'a', canSkipAssignment: true }));
    expect(second).toMatchObject({ leader: second.memberId, skipAssignment: true });
    expect(second.members.map(({ groupInstanceId }) => groupInstanceId)).toEqual(['a']);
    group.close();
  });

  test('a restart with another protocol causes a rebalance', async () => {
    const { group, first } = await stableGroup({ groupInstanceId: 'a' });
    const protocols = [{ name: 'sticky', metadata: Buffer.from('topics') }];
    const second = await group.join(joinRequest({ groupInstanceId: 'a', protocols }));
    expect(second).toMatchObject({ generationId: first.generationId + 1, protocolName: 'sticky' });
    group.close();
  });

  test('one that is away keeps its place in a rebalance, and somebody else leads', async () => {
    const { group, first } = await stableGroup({ groupInstanceId: 'a' });
    const joining = group.join(joinRequest({ groupInstanceId: 'b', sessionTimeoutMs: 2 * REBALANCE_MS }));
    // The session of the first one is kept up, so that only the rebalance timeout counts.
    for (let passed = 0; passed < REBALANCE_MS; passed += SESSION_MS / 2) {
      group.heartbeat({ memberId: first.memberId, groupInstanceId: 'a' }, first.generationId);
      jest.advanceTimersByTime(SESSION_MS / 2);
    }
    const second = await joining;
    expect(second.leader).toBe(second.memberId);
    expect(second.members.map(({ groupInstanceId }) => groupInstanceId)).toEqual(['a', 'b']);
    group.close();
  });

  test('leaves by the name of its instance alone', async () => {
    const { group } = await stableGroup({ groupInstanceId: 'a' });
    expect(group.leave({ memberId: '', groupInstanceId: 'b' })).toBe('UNKNOWN_MEMBER_ID');
    expect(group.leave({ memberId: '', groupInstanceId: 'a' })).toBe('NONE');
    expect(group.members()).toEqual([]);
    group.close();
  });
});

describe('committing offsets', () => {
  test('is for members in their generation', async () => {
    const { group, first } = await stableGroup();
    expect(group.commitError(identity(first), first.generationId)).toBe('NONE');
    expect(group.commitError(identity(first), first.generationId - 1)).toBe('ILLEGAL_GENERATION');
    expect(group.commitError({ memberId: 'nobody', groupInstanceId: null }, 1)).toBe('UNKNOWN_MEMBER_ID');
    group.close();
  });

  test('from outside is only for groups without members', async () => {
    const outside = { memberId: '', groupInstanceId: null };
    expect(new Group('empty').commitError(outside, -1)).toBe('NONE');
    const { group } = await stableGroup();
    expect(group.commitError(outside, -1)).toBe('UNKNOWN_MEMBER_ID');
    group.close();
  });

  test('waits while the assignment is being made, and is possible while members join', async () => {
    const { group, first } = await stableGroup();
    void group.join(joinRequest());
    expect(group.commitError(identity(first), first.generationId)).toBe('NONE');
    const again = await group.join(joinRequest({ memberId: first.memberId }));
    expect(group.commitError(identity(again), again.generationId)).toBe('REBALANCE_IN_PROGRESS');
    group.close();
  });
});
