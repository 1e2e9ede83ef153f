import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Record<string, string | undefined>;

/**
 * Removes an AWS profile that this machine does not have from the environment. A function that runs locally may do without
 * credentials, but the framework would refuse to run it.
 *
 * @param environment - usually `process.env`; changed
 * @returns the name of the profile, when it was removed
 * @see {@link https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html AWS SDKs and Tools Reference Guide, "Shared config and credentials files"}
 */
export function leaveOutAbsentProfile(environment: Environment): string | undefined {
  const { AWS_PROFILE: profile, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } = environment;
  if (!profile) return undefined;
  const files = [
    AWS_CONFIG_FILE || join(homedir(), '.aws/config'),
    AWS_SHARED_CREDENTIALS_FILE || join(homedir(), '.aws/credentials'),
  ];
  const sections = files.flatMap((file) => (existsSync(file) ? sectionsOf(readFileSync(file, 'utf8')) : []));
  if (sections.includes(profile)) return undefined;
  delete environment.AWS_PROFILE;
  return profile;
}

function sectionsOf(text: string): string[] {
  return [...text.matchAll(/^\s*\[\s*(?:profile\s+)?(.+?)\s*\]/gm)].map(([, name = '']) => name);
}
