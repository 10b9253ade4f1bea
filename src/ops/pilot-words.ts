// Splits the text of a command into words as a POSIX shell would, and expands nothing: no variables, no patterns,
// no redirection. What it gives equals Python's `shlex.split`, and a mistake has its place.

export type Words =
  | { readonly type: 'words'; readonly words: readonly string[] }
  /** `offset`: of the character at fault, from 0. */
  | { readonly type: 'mistake'; readonly message: string; readonly offset: number };

const BLANK = new Set([' ', '\t', '\r', '\n']);

/** The words of a command's text. Never throws: a mistake is an answer. */
export function splitWords(text: string): Words {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (BLANK.has(text.charAt(at))) {
      at++;
      continue;
    }
    const word = readWord(text, at);
    if ('message' in word) return { type: 'mistake', ...word };
    words.push(word.text);
    at = word.end;
  }
  return { type: 'words', words };
}

type Part = { readonly text: string; readonly end: number };
type Mistake = { readonly message: string; readonly offset: number };

/** One word, of parts that are quoted in different ways or not at all. */
function readWord(text: string, from: number): Part | Mistake {
  let word = '';
  let at = from;
  while (at < text.length && !BLANK.has(text.charAt(at))) {
    const part = readPart(text, at);
    if ('message' in part) return part;
    word += part.text;
    at = part.end;
  }
  return { text: word, end: at };
}

function readPart(text: string, at: number): Part | Mistake {
  switch (text.charAt(at)) {
    case "'":
      return readSingle(text, at);
    case '"':
      return readDouble(text, at);
    case '\\':
      return at + 1 < text.length
        ? { text: text.charAt(at + 1), end: at + 2 }
        : { message: 'nothing follows the backslash', offset: at };
    default:
      return { text: text.charAt(at), end: at + 1 };
  }
}

/** Between single quotes every character is itself. */
function readSingle(text: string, from: number): Part | Mistake {
  const end = text.indexOf("'", from + 1);
  if (end < 0) return { message: "the quote ' is not closed", offset: from };
  return { text: text.slice(from + 1, end), end: end + 1 };
}

/** Between double quotes a backslash takes its meaning from `"` and from another backslash, and is itself elsewhere. */
function readDouble(text: string, from: number): Part | Mistake {
  let part = '';
  for (let at = from + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '"') return { text: part, end: at + 1 };
    const next = text.charAt(at + 1);
    if (char === '\\' && (next === '"' || next === '\\')) {
      part += next;
      at++;
    } else part += char;
  }
  return { message: 'the quote " is not closed', offset: from };
}
