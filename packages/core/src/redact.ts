/** Hides all but the last two digits of a user id: `5511987654321:3@lid` becomes `…21:3@lid`. */
export function redactJid(jid: string): string {
  const at = jid.indexOf("@");
  const user = at === -1 ? jid : jid.slice(0, at);
  const server = at === -1 ? "" : jid.slice(at);
  return redactNumbers(user) + server;
}

// The shortest numbers in international use have seven digits; ids, ports and counts are mostly shorter.
const PHONE_NUMBER = /\d{7,}/g;

/** Hides every run of digits that could be a phone number, wherever it stands in `text`. */
export function redactNumbers(text: string): string {
  return text.replace(PHONE_NUMBER, (digits) => `…${digits.slice(-2)}`);
}
