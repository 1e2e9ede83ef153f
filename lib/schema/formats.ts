/**
 * The formats that a schema can ask for, checked as their RFCs say. A schema that asks for another one does not compile.
 * Each check takes time in proportion to the length of the text.
 */

/** RFC 3339, section 5.6; a leap second is the 60th, whatever the day (only the IERS knows which days have one). */
const timePattern =
  /^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;
const datePattern = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
/** Both in one: attributes and fields with a time are in most events. */
const dateTimePattern =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;
const DATE_LENGTH = 'yyyy-mm-dd'.length;

/** `full-date`: RFC 3339, section 5.6. */
export function isDate(text: string): boolean {
  return datePattern.test(text) && hasDay(text);
}

/** `full-time`, so with its offset: RFC 3339, section 5.6. */
export function isTime(text: string): boolean {
  return timePattern.test(text);
}

/** `date-time`: RFC 3339, section 5.6. */
export function isDateTime(text: string): boolean {
  return dateTimePattern.test(text) && hasDay(text);
}

/** Whether the month of a date in the right form has its day, or Date would count on into the next month. */
function hasDay(text: string): boolean {
  const day = text.slice('yyyy-mm-'.length, DATE_LENGTH);
  return day <= '28' || new Date(text.slice(0, DATE_LENGTH)).getUTCDate() === Number(day);
}

const durationTime = 'T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)';
const durationDate = '(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)';
const durationPattern = new RegExp(`^P(?:\\d+W|${durationTime}|${durationDate}(?:${durationTime})?)$`);

/** `duration`, in whole numbers and without gaps such as `P1Y2D`: RFC 3339, appendix A. */
export function isDuration(text: string): boolean {
  return durationPattern.test(text);
}

/** RFC 1034, section 3.5, with the leading digit of RFC 1123, section 2.1; lengths of RFC 1035, section 2.3.4. */
const hostnamePattern = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i;
const MAX_HOSTNAME = 253;

/** A host name in ASCII: names of other scripts are written in their `xn--` form. */
export function isHostname(text: string): boolean {
  return text.length <= MAX_HOSTNAME && hostnamePattern.test(text);
}

/** RFC 5321, section 4.1.2, `Dot-string`, and the lengths of section 4.5.3.1. */
const localPartPattern = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
const MAX_LOCAL_PART = 64;

/** An ASCII mailbox. Quoted local parts and address literals (`user@[192.0.2.1]`) are refused, though RFC 5321 has them. */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  return (
    at > 0 &&
    at <= MAX_LOCAL_PART &&
    localPartPattern.test(text.slice(0, at)) &&
    isHostname(text.slice(at + 1))
  );
}

const ipv4Pattern = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Dotted quad without leading zeros: RFC 2673, section 3.2. */
export function isIpv4(text: string): boolean {
  return ipv4Pattern.test(text);
}

const MAX_IPV6 = 45;

/** RFC 4291, section 2.2; no zone such as `fe80::1%eth0`, which RFC 4007 adds. */
export function isIpv6(text: string): boolean {
  if (text.length > MAX_IPV6) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const hasIpv4 = last.includes('.') && !text.endsWith('::');
  if (hasIpv4 && !isIpv4(last)) return false;
  const hexGroups = hasIpv4 ? groups.slice(0, -1) : groups;
  if (!hexGroups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return false;
  const length = hexGroups.length + (hasIpv4 ? 2 : 0);
  return halves.length === 2 ? length < 8 : length === 8;
}

/** What no URI holds, and the scheme in front of an absolute one: RFC 3986, sections 2 and 3.1. */
const foreignToUri = /[^\w\-.~:/?#[\]@!$&'()*+,;=%]|%(?![\da-fA-F]{2})/;
const scheme = /^[a-zA-Z][a-zA-Z\d+\-.]*:/;

/** A non-empty text of the characters of RFC 3986; the structure of authority and path is not checked. */
export function isUriReference(text: string): boolean {
  return text !== '' && !foreignToUri.test(text);
}

/** A URI reference with a scheme. */
export function isUri(text: string): boolean {
  return isUriReference(text) && scheme.test(text);
}

const uuidPattern = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

/** RFC 9562, section 4, of any version and variant, without `urn:uuid:`. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}
