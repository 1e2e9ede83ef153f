import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leaveOutAbsentProfile } from '../../../../lib/build/absent-profile.ts';

const directory = mkdtempSync(join(tmpdir(), 'absent-profile-'));
const config = join(directory, 'config');
const credentials = join(directory, 'credentials');
writeFileSync(config, '[default]\nregion = eu-west-1\n[profile of-config]\n');
writeFileSync(credentials, '[of-credentials]\naws_access_key_id = a\n');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const left = (profile: string | undefined, files = { config, credentials }) => {
  const environment: Record<string, string | undefined> = {
    AWS_PROFILE: profile,
    AWS_CONFIG_FILE: files.config,
    AWS_SHARED_CREDENTIALS_FILE: files.credentials,
  };
  return { leftOut: leaveOutAbsentProfile(environment), profile: environment.AWS_PROFILE };
};

test.each(['default', 'of-config', 'of-credentials'])('the profile %s is there and stays', (profile) => {
  expect(left(profile)).toEqual({ leftOut: undefined, profile });
});

test('a profile that is nowhere is left out', () => {
  expect(left('nope')).toEqual({ leftOut: 'nope', profile: undefined });
  const nowhere = join(directory, 'nowhere');
  expect(left('default', { config: nowhere, credentials: nowhere }).leftOut).toBe('default');
});

test('without a profile there is nothing to leave out', () => {
  expect(left(undefined).leftOut).toBeUndefined();
});
