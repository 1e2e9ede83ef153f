import { dirname, join } from 'node:path';
import ts from 'typescript';
import { blocksOf } from './blocks.ts';

/** Compiles the TypeScript of READMEs in its place in the project, without writing a file. */
export class ReadmeTypeCheck {
  readonly #root: string;
  readonly #options: ts.CompilerOptions;
  /** Parsed once for all READMEs. */
  readonly #parsed = new Map<string, ts.SourceFile | undefined>();

  constructor(root: string) {
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
    this.#root = root;
    this.#options = {
      ...ts.parseJsonConfigFileContent(config, ts.sys, root).options,
      moduleDetection: ts.ModuleDetectionKind.Force,
      // An example may leave its result to the reader.
      noUnusedLocals: false,
      noUnusedParameters: false,
    };
  }

  /** What the compiler says about the blocks of a README, each as `README.md:12: message`. */
  problems(readme: string): string[] {
    const files = this.#filesOf(readme);
    if (files.size === 0) return [];
    const program = ts.createProgram([...files.keys()], this.#options, this.#host(files));
    return [...files.keys()]
      .map((file) => program.getSourceFile(file))
      .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
      .map(({ file, start = 0, messageText }) => {
        const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
        return `${readme}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
      });
  }

  /** Each file with its blocks on the lines that they have in the README, so that the compiler names those. */
  #filesOf(readme: string): Map<string, string> {
    const files = new Map<string, string[]>();
    let current = '';
    for (const block of blocksOf(this.#root, readme).filter(({ language }) => language === 'ts')) {
      if (!block.continues) {
        current = join(this.#root, block.file ?? join(dirname(readme), `readme-line-${block.line}.ts`));
      }
      const lines = files.get(current) ?? [];
      while (lines.length < block.line - 1) lines.push('');
      files.set(current, [...lines, ...block.lines]);
    }
    return new Map([...files].map(([file, lines]) => [file, lines.join('\n')]));
  }

  #host(files: ReadonlyMap<string, string>): ts.CompilerHost {
    const host = ts.createCompilerHost(this.#options);
    return {
      ...host,
      fileExists: (file) => files.has(file) || host.fileExists(file),
      readFile: (file) => files.get(file) ?? host.readFile(file),
      getSourceFile: (file, target) => {
        const content = files.get(file);
        if (content !== undefined) return ts.createSourceFile(file, content, target);
        if (!this.#parsed.has(file)) this.#parsed.set(file, host.getSourceFile(file, target));
        return this.#parsed.get(file);
      },
    };
  }
}
