import type { ComponentChildren } from 'preact';

type Schema = Readonly<Record<string, unknown>>;

interface FieldProps {
  readonly root: Schema;
  readonly schema: Schema;
  readonly name: string;
  readonly path: string;
  readonly value: unknown;
  readonly change: (value: unknown) => void;
}

/** A form for data that a JSON Schema describes; what a form cannot show is edited as JSON. */
export function JsonForm({
  schema,
  value,
  change,
}: {
  schema: unknown;
  value: unknown;
  change: (value: unknown) => void;
}) {
  const root = asSchema(schema);
  return <Members root={root} schema={root} name="" path="data" value={value} change={change} />;
}

function Field(props: FieldProps) {
  const schema = resolved(props.root, props.schema);
  const given = { ...props, schema };
  if (Array.isArray(schema.enum)) return <Choice {...given} />;
  switch (typeOf(schema)) {
    case 'object':
      return 'properties' in schema ? (
        <Group {...given}>
          <Members {...given} />
        </Group>
      ) : (
        <RawField {...given} />
      );
    case 'array':
      return Array.isArray(schema.items) ? <RawField {...given} /> : <Items {...given} />;
    case 'boolean':
      return <YesOrNo {...given} />;
    case 'string':
      return <Text {...given} />;
    case 'integer':
    case 'number':
      return <Numeric {...given} />;
    default:
      return <RawField {...given} />;
  }
}

function Members({ root, schema, path, value, change }: FieldProps) {
  const properties = asSchema(schema.properties);
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const members = asSchema(value);
  const set = (name: string, member: unknown): void => change({ ...members, [name]: member });
  return (
    <div class="members">
      {Object.entries(properties).map(([name, property]) => {
        const child = asSchema(property);
        if (members[name] === undefined && !required.has(name)) {
          return (
            <button
              key={name}
              type="button"
              class="quiet plain add"
              onClick={() => set(name, blank(root, child))}
            >
              Add {name}
            </button>
          );
        }
        return (
          <div key={name} class="member">
            <Field
              root={root}
              schema={child}
              name={name}
              path={`${path}.${name}`}
              value={members[name]}
              change={(member) => set(name, member)}
            />
            {!required.has(name) && (
              <button
                type="button"
                class="quiet plain"
                onClick={() => {
                  const { [name]: _gone, ...rest } = members;
                  change(rest);
                }}
              >
                Leave out {name}
              </button>
            )}
          </div>
        );
      })}
    </div>
  );
}

function Group({ name, schema, children }: FieldProps & { children: ComponentChildren }) {
  return (
    <fieldset>
      <legend>
        {name} <Hint schema={schema} />
      </legend>
      {children}
    </fieldset>
  );
}

function Items(props: FieldProps) {
  const { root, schema, name, path, value, change } = props;
  const items = Array.isArray(value) ? value : [];
  const child = asSchema(schema.items);
  return (
    <fieldset>
      <legend>
        {name} <Hint schema={schema} />
      </legend>
      {items.map((item, index) => (
        <div key={index} class="member">
          <Field
            root={root}
            schema={child}
            name={`${name} ${index + 1}`}
            path={`${path}.${index}`}
            value={item}
            change={(next) => change(items.map((each, at) => (at === index ? next : each)))}
          />
          <button
            type="button"
            class="quiet plain"
            onClick={() => change(items.filter((_, at) => at !== index))}
          >
            Remove {name} {index + 1}
          </button>
        </div>
      ))}
      <button
        type="button"
        class="quiet plain add"
        onClick={() => change([...items, items.at(-1) ?? blank(root, child)])}
      >
        Add to {name}
      </button>
    </fieldset>
  );
}

function Labelled({ name, path, schema, children }: FieldProps & { children: ComponentChildren }) {
  return (
    <label for={path}>
      <span>
        {name} <Hint schema={schema} />
      </span>
      {children}
    </label>
  );
}

function Text(props: FieldProps) {
  return (
    <Labelled {...props}>
      <input
        id={props.path}
        value={String(props.value ?? '')}
        onInput={(event) => props.change(event.currentTarget.value)}
      />
    </Labelled>
  );
}

function Numeric(props: FieldProps) {
  return (
    <Labelled {...props}>
      <input
        id={props.path}
        inputMode="decimal"
        value={String(props.value ?? '')}
        onInput={(event) => {
          const text = event.currentTarget.value;
          // What is no number stays a text, and the publisher says what is wrong with it.
          props.change(
            /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && !text.endsWith('.') ? Number(text) : text,
          );
        }}
      />
    </Labelled>
  );
}

function YesOrNo(props: FieldProps) {
  return (
    <label class="check" for={props.path}>
      <input
        id={props.path}
        type="checkbox"
        checked={props.value === true}
        onChange={(event) => props.change(event.currentTarget.checked)}
      />
      <span>
        {props.name} <Hint schema={props.schema} />
      </span>
    </label>
  );
}

function Choice(props: FieldProps) {
  const choices = Array.isArray(props.schema.enum) ? props.schema.enum : [];
  return (
    <Labelled {...props}>
      <select
        id={props.path}
        value={String(choices.indexOf(props.value))}
        onChange={(event) => props.change(choices[Number(event.currentTarget.value)])}
      >
        {choices.map((choice, index) => (
          <option key={index} value={String(index)}>
            {String(choice)}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

function RawField(props: FieldProps) {
  return (
    <Labelled {...props}>
      <textarea
        id={props.path}
        rows={3}
        spellcheck={false}
        value={JSON.stringify(props.value) ?? ''}
        onChange={(event) => {
          try {
            props.change(JSON.parse(event.currentTarget.value));
          } catch {
            props.change(event.currentTarget.value);
          }
        }}
      />
    </Labelled>
  );
}

const hints = ['description', 'format', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength'] as const;

function Hint({ schema }: { schema: Schema }) {
  const type = Array.isArray(schema.enum) ? 'choice' : typeOf(schema);
  const found = hints.flatMap((name) => {
    const value = schema[name];
    const isBound = typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER;
    if (typeof value === 'string') return name === 'description' ? [value] : [`${name} ${value}`];
    return isBound ? [`${name} ${value}`] : [];
  });
  const sensitive = schema.sensitive === true ? ['sensitive: redacted in logs and here'] : [];
  return <small class="muted">{[type, ...found, ...sensitive].filter(Boolean).join(', ')}</small>;
}

function typeOf({ type }: Schema): string | undefined {
  const first: unknown = Array.isArray(type) ? type[0] : type;
  return typeof first === 'string' ? first : undefined;
}

function blank(root: Schema, schema: Schema): unknown {
  const { enum: choices, properties, ...rest } = resolved(root, schema);
  if (Array.isArray(choices)) return choices[0];
  switch (typeOf(rest)) {
    case 'object': {
      const required = Array.isArray(rest.required) ? rest.required.map(String) : [];
      const members = asSchema(properties);
      return Object.fromEntries(required.map((name) => [name, blank(root, asSchema(members[name]))]));
    }
    case 'array':
      return [];
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return typeof rest.minimum === 'number' ? Math.max(0, rest.minimum) : 0;
    default:
      return '';
  }
}

function resolved(root: Schema, schema: Schema): Schema {
  let found = schema;
  for (let steps = 0; typeof found.$ref === 'string' && steps < 8; steps++) {
    let target: unknown = root;
    for (const step of decodeURIComponent(found.$ref.replace(/^#/, '')).split('/').slice(1)) {
      target = asSchema(target)[step.replaceAll('~1', '/').replaceAll('~0', '~')];
    }
    found = asSchema(target);
  }
  return found;
}

function asSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
