// The forms in which a value can turn up in output: as it is, quoted for JSON, shells and URLs, in base64, in hexadecimal.

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const HEX = '0123456789abcdef';

/** All forms of `value`, each once, the value itself first. */
export function formsOf(value: string): readonly string[] {
  const bytes = utf8(value);
  const hex = bytes.map((byte) => `${HEX[byte >> 4]}${HEX[byte & 15]}`).join('');
  const url = encodeURIComponent(wellFormed(value));
  const json = JSON.stringify(value).slice(1, -1);
  return [
    ...new Set([
      value,
      json,
      json.replace(/[<>&'+]/g, (sign) => `\\u00${hexOf(sign)}`),
      json.replaceAll('/', '\\/'),
      JSON.stringify(json).slice(1, -1),
      url,
      url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
      url.replaceAll('%20', '+'),
      strictUrl(url),
      encodeURIComponent(url),
      value.replaceAll("'", "'\\''"),
      value.replace(/["$`\\!]/g, '\\$&'),
      value.replace(/[^A-Za-z0-9_@%+=:,./-]/g, '\\$&'),
      escapeXml(value),
      hex,
      hex.toUpperCase(),
      ...base64Forms(bytes),
    ]),
  ].filter((form) => form !== '');
}

/**
 * Base64 of the bytes wherever they lie in a longer input: three alignments, without the characters at either end that
 * their neighbours decide as well. In both alphabets.
 */
function base64Forms(bytes: readonly number[]): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const padded = base64([...new Array<number>(offset).fill(0), ...bytes]);
    const start = Math.ceil((offset * 8) / 6);
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    const form = padded.slice(start, end);
    return [form, form.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Without padding. */
function base64(bytes: readonly number[]): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second = 0, third = 0] = bytes.slice(at, at + 3);
    const group = (first << 16) | (second << 8) | third;
    for (const shift of [18, 12, 6, 0]) text += BASE64[(group >> shift) & 63];
  }
  return text.slice(0, Math.ceil((bytes.length * 8) / 6));
}

/** The bytes of `value` in UTF-8. */
function utf8(value: string): readonly number[] {
  const bytes: number[] = [];
  const url = encodeURIComponent(wellFormed(value));
  for (let at = 0; at < url.length; at++) {
    const isEscape = url[at] === '%';
    bytes.push(isEscape ? Number.parseInt(url.slice(at + 1, at + 3), 16) : url.charCodeAt(at));
    if (isEscape) at += 2;
  }
  return bytes;
}

const hexOf = (sign: string): string => sign.charCodeAt(0).toString(16).padStart(2, '0');

/** `encodeURIComponent` leaves some marks alone that other languages escape. */
const strictUrl = (url: string): string =>
  url.replace(/[!'()*~]/g, (sign) => `%${hexOf(sign).toUpperCase()}`);

const XML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeXml = (value: string): string => value.replace(/[&<>"']/g, (sign) => XML[sign] ?? sign);

/** `encodeURIComponent` throws at half a surrogate pair. */
const wellFormed = (value: string): string =>
  value.replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
    '\uFFFD',
  );
