import { HttpError } from "../../http/errors.ts";
import { faultNames, findFault } from "../../faults/catalogue.ts";
import { type RuleForm, ruleForm, ruleFormOf } from "../forms/faults.ts";
import { companionOf, connectedId, deviceId, sessionOf } from "../forms/devices.ts";
import { nodeForm } from "../forms/nodes.ts";
import { type Done, done, doneForm } from "../forms/ok.ts";
import { type Operation, jsonOperation } from "../operation.ts";
import type { BinaryNode } from "../../wire/binary-node.ts";
import { WireError } from "../../wire/errors.ts";
import { described } from "../schema/schema.ts";
import { type ObjectSchema, object, optional, record } from "../schema/shapes.ts";
import { anything, choice, text } from "../schema/values.ts";

interface Disconnect {
  readonly how: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

interface Injection {
  readonly device: string;
  readonly node: BinaryNode;
  readonly direction?: "out" | "in";
}

const tag = "devices";
const MAX_NODE_BYTES = 4 * 1024 * 1024;
const params: ObjectSchema<{ readonly device: string }> = object<{ readonly device: string }>({
  device: connectedId,
});

/** What is done to linked clients and their connections. */
export const devices: readonly Operation[] = [
  jsonOperation({
    method: "POST",
    path: "/admin/devices/{device}/disconnect",
    id: "disconnect",
    tag,
    summary: "Ends a connection in one of many ways: any fault of a session, by its name",
    notes:
      'For instance `{"how": "cut"}`, or `{"how": "stream-error", "settings": {"code": 503}}`. GET /admin/faults/catalogue lists the faults.',
    params,
    body: object<Disconnect>({
      how: described(text({ maxLength: 64 }), "The name of the fault"),
      settings: optional(described(record(anything()), "The settings of the fault")),
    }),
    answer: ruleForm,
    fails: [404, 409],
    run(input, parts): RuleForm {
      const { how, settings = {} } = input.body;
      if (findFault(how)?.place !== "established") throw noSuchWay();
      const { connection } = sessionOf(parts, input.params.device);
      const during = connection.state === "pairing" ? { during: "pairing" } : {};
      return ruleFormOf(
        parts.faults.add(how, { ...during, ...settings, connection: connection.id }),
      );
    },
  }),
  jsonOperation({
    method: "DELETE",
    path: "/admin/devices/{device}",
    id: "unlink",
    tag,
    summary: 'Ends the link to a device, as "log out" on the phone does',
    params: object<{ readonly device: string }>({ device: deviceId }),
    answer: doneForm,
    fails: [404],
    async run(input, parts): Promise<Done> {
      const { account, device } = companionOf(parts, input.params.device);
      await parts.context.people.phoneOf(account).logOut(device);
      return done;
    },
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/inject",
    id: "inject",
    tag,
    summary: "Puts a stanza on a connection as it is, or takes it as if the client had sent it",
    notes:
      "Nobody looks at a stanza that goes out: no lint, no fault, no mailbox that would send it again. One that comes in and makes no sense is refused, and the connection stays.",
    body: object<Injection>({
      device: connectedId,
      node: nodeForm,
      direction: optional(
        described(choice(["out", "in"]), "out: to the client, if left out. in: from the client"),
      ),
    }),
    maxBodyBytes: MAX_NODE_BYTES,
    answer: object<{ readonly connection: string }>({ connection: text() }),
    fails: [404, 409],
    async run({ body: { device, node, direction = "out" } }, parts) {
      const { connection } = sessionOf(parts, device);
      try {
        if (direction === "out") connection.sendAsItIs(node);
        else await connection.receiveAsIfSent(node);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        const message = `body.node makes no sense: ${error.message}`;
        throw new HttpError("HTTP_BAD_REQUEST", message, { cause: error });
      }
      return { connection: connection.id };
    },
  }),
];

function noSuchWay(): HttpError {
  const ways = faultNames().filter((name) => findFault(name)?.place === "established");
  return new HttpError("HTTP_BAD_REQUEST", `body.how must be one of ${ways.join(", ")}`);
}
