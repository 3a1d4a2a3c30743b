import type { Login } from "../session/login.ts";
import { MexError } from "./mex-error.ts";
import { iqError, iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { attr, requiredChild, text } from "../wire/binary-node.ts";
import { accountOperations } from "./mex-account.ts";
import { newsletterOperations } from "./newsletters/operations.ts";

export type MexVariables = Readonly<Record<string, unknown>>;

/** One question of `w:mex`, which speaks GraphQL: the query itself is on the server and has a number. */
export interface MexOperation {
  readonly name: string;
  /** The name of the answer inside `data`. */
  readonly path: string;
  /** The numbers clients know it by. They change with WhatsApp Web's releases. */
  readonly queryIds: readonly string[];
  /** What stands under `path`. Throws a `MexError`. */
  run(variables: MexVariables, login: Login): unknown;
}

const OPERATIONS = new Map(
  [...newsletterOperations, ...accountOperations].flatMap((operation) =>
    operation.queryIds.map((id) => [id, operation] as const),
  ),
);

/** GraphQL in stanzas: `executeWMexQuery` of Baileys' mex.js. An error is an answer with `errors` in it. */
export const mex: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "w:mex",
    handle(stanza, login) {
      const query = requiredChild(stanza, "query");
      const variables = variablesIn(text(query) ?? "");
      if (variables === undefined) {
        login.send(iqError(stanza, 400, "bad-request"));
        return;
      }
      const answer = answerTo(attr(query, "query_id") ?? "", variables, login);
      login.send(iqResult(stanza, [node("result", {}, Buffer.from(JSON.stringify(answer)))]));
    },
  },
];

function answerTo(queryId: string, variables: MexVariables, login: Login): object {
  const operation = OPERATIONS.get(queryId);
  if (operation === undefined) {
    return failed(400, `The persisted query ${queryId} was not found`);
  }
  try {
    return { data: { [operation.path]: operation.run(variables, login) } };
  } catch (error) {
    if (!(error instanceof MexError)) throw error;
    return failed(error.status, error.message);
  }
}

function failed(status: number, message: string): object {
  const extensions = {
    error_code: status,
    is_retryable: false,
    is_summary: true,
    severity: "ERROR",
  };
  return { data: null, errors: [{ message, extensions }] };
}

function variablesIn(body: string): MexVariables | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    // The client's text, so anything may be in it.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return isRecord(parsed) && isRecord(parsed["variables"]) ? parsed["variables"] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
