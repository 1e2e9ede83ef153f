/**
 * Whether one number is a multiple of another as decimals: 19.99 is a multiple of 0.01, though not as doubles.
 *
 * @see {@link https://json-schema.org/draft-07/json-schema-validation JSON Schema Validation (draft-07), section 6.2.1, "multipleOf"}
 */
export function isMultipleOf(value: number, divisor: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return value % divisor === 0;
  const [dividend, by] = [decimal(value), decimal(divisor)];
  const power = Math.min(dividend.power, by.power);
  return scaled(dividend, power) % scaled(by, power) === 0n;
}

interface Decimal {
  readonly digits: bigint;
  /** The power of ten that the digits are multiplied with. */
  readonly power: number;
}

function decimal(value: number): Decimal {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), power: Number(exponent) - fraction.length };
}

function scaled({ digits, power }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(power - to);
}
