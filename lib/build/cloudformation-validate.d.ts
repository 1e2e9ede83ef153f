/** The part of the package that is used, so that types are checked where it is not installed. */
declare module '@aws/cloudformation-validate' {
  export class TemplateFile {
    constructor(path: string);
  }
  export class RegoEngine {
    validateStandard(template: TemplateFile): {
      diagnostics: { ruleId: string; severity: string; message: string; startLine?: number }[];
    };
    free(): void;
  }
}
