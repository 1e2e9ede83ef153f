import { shapeProblems } from '../../../../lib/build/service-model.ts';

const model = {
  shapes: {
    Request: {
      type: 'structure',
      required: ['Name'],
      members: {
        Name: { shape: 'Name' },
        Size: { shape: 'Size' },
        Position: { shape: 'Position' },
        Topics: { shape: 'Topics' },
        Enabled: { shape: 'Enabled' },
      },
    },
    Name: { type: 'string', pattern: '[a-z]+', min: 2, max: 4 },
    Size: { type: 'integer', min: 1, max: 10 },
    Position: { type: 'string', enum: ['FIRST', 'LAST'] },
    Topics: { type: 'list', min: 1, max: 1, member: { shape: 'Name' } },
    Enabled: { type: 'boolean' },
  },
};

test('a request at the limits has no problem, and a reference stands for anything', () => {
  const request = { Name: 'ab', Size: 10, Position: 'LAST', Topics: ['abcd'], Enabled: false };
  expect(shapeProblems(model, 'Request', request, 'm')).toEqual([]);
  expect(shapeProblems(model, 'Request', { Name: { 'Fn::GetAtt': ['A', 'Arn'] } }, 'm')).toEqual([]);
});

test.each<[string, object, string]>([
  ['a member that is missing', {}, 'm.Name is missing'],
  ['a member that is not known', { Name: 'ab', Colour: 1 }, 'm.Colour is not known'],
  ['a text of another pattern', { Name: 'ab1' }, 'm.Name: "ab1" does not match [a-z]+'],
  ['a text that matches in part', { Name: '_ab' }, 'm.Name: "_ab" does not match [a-z]+'],
  ['a text that is too short', { Name: 'a' }, 'the length of m.Name is 1, not from 2 to 4'],
  ['a number that is too large', { Name: 'ab', Size: 11 }, 'm.Size is 11, not from 1 to 10'],
  ['a number that is a text', { Name: 'ab', Size: '1' }, 'm.Size is not a number'],
  ['a text that is no choice', { Name: 'ab', Position: 'MID' }, 'm.Position: "MID" is none of FIRST,LAST'],
  [
    'a list that is too long',
    { Name: 'ab', Topics: ['ab', 'cd'] },
    'the number of m.Topics is 2, not from 1 to 1',
  ],
  ['an item of a list', { Name: 'ab', Topics: ['A'] }, 'm.Topics[0]: "A" does not match [a-z]+'],
  ['a boolean that is a text', { Name: 'ab', Enabled: 'true' }, 'm.Enabled is not a boolean'],
])('%s is told', (_case, request, problem) => {
  expect(shapeProblems(model, 'Request', request, 'm')).toContain(problem);
});
