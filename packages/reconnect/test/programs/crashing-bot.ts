// Connects, as far as its state lets it, and says so. Somebody kills it then.
import { constant, fileStateStore, supervise } from "@motte/reconnect";

const [path = ""] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const supervisor = supervise(
  () => {
    say("connects");
    // A connect that comes to nothing before the process is killed.
    return new Promise<never>(() => {});
  },
  { state: fileStateStore(path), policy: { backoff: constant(3_600_000) } },
);
supervisor.onRetry(() => say("waits"));
await supervisor.start();
