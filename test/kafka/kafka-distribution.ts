import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MissingTool } from '../../lib/build/missing-tool.ts';

const cache = resolve(__dirname, '../../.cache/kafka');
/** The API that both versions log through; without a backend Kafka would be silent when it fails. */
const SLF4J_VERSION = '1.7.36';

/**
 * Fails unless these programs can be run.
 *
 * @param tools - programs that understand `-version`
 * @throws MissingTool that names the first one that is missing
 */
export function requireTools(tools: readonly string[]): void {
  for (const tool of tools) {
    if (spawnSync(tool, ['-version']).status !== 0) {
      throw new MissingTool(
        `${tool} is missing: Apache Kafka needs a JDK 17 or later and Maven (apt-get install openjdk-17-jdk-headless maven)`,
      );
    }
  }
}

/** Of group org.apache.kafka. */
const BROKER_ARTIFACT = 'kafka_2.13';

/**
 * Gets an Apache Kafka broker, or another part of Apache Kafka, with everything it needs from Maven Central, once.
 *
 * @param version - of Apache Kafka
 * @param artifact - of group org.apache.kafka
 * @returns the folder of its jars, below `.cache/kafka`
 * @throws MissingTool when Maven is needed and missing; Error with what Maven said when it fails
 */
export function kafkaJars(version: string, artifact = BROKER_ARTIFACT): string {
  const name = artifact === BROKER_ARTIFACT ? version : `${artifact}-${version}`;
  const jars = join(cache, name);
  if (existsSync(jars)) return jars;
  requireTools(['mvn']);
  mkdirSync(cache, { recursive: true });
  const downloading = mkdtempSync(join(cache, `${name}-`));
  try {
    writeFileSync(join(downloading, 'pom.xml'), pom(version, artifact));
    const { status, stdout } = spawnSync(
      'mvn',
      ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars'],
      { cwd: downloading, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`Apache Kafka ${version} could not be downloaded:\n${stdout}`);
    renameSync(join(downloading, 'jars'), jars);
  } finally {
    rmSync(downloading, { recursive: true });
  }
  return jars;
}

function pom(version: string, kafkaArtifact: string): string {
  const dependency = (group: string, artifact: string, its: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${its}</version></dependency>`;
  return `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>test</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    ${dependency('org.apache.kafka', kafkaArtifact, version)}
    ${dependency('org.slf4j', 'slf4j-simple', SLF4J_VERSION)}
  </dependencies>
</project>
`;
}
