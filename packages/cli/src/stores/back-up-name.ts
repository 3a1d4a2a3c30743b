const PREFIX = "motte-backup-";

/** What a copy of a session is called that was made at this time. `number` tells several of one second apart. */
export function backUpName(sessionId: string, atMs: number, number: number): string {
  const at = new Date(atMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const session = sessionId.replaceAll(/[^A-Za-z0-9_.@+=-]/g, "_");
  return `${PREFIX}${session}-${at}${number === 1 ? "" : `-${number}`}.db`;
}

/** Whether a file is called as such a copy is. */
export function isBackUp(name: string): boolean {
  return name.startsWith(PREFIX) && name.endsWith(".db");
}
