import { type HttpRoutes, json } from "../http/route.ts";

/** Who exists, who is linked, and who is connected. */
export const adminState: HttpRoutes = [
  {
    method: "GET",
    path: /^\/admin\/state$/,
    admin: true,
    handle(_, { world, logins, journal, endpoint }) {
      const accounts = world.accounts.map((account) => ({
        name: account.name,
        phoneNumber: account.phoneNumber,
        pn: account.pn,
        lid: account.lid,
        companions: account.companions.map((companion) => ({
          device: companion.device,
          deviceJid: companion.pn,
          deviceLid: companion.lid,
          connected: logins.has(companion),
          connection: logins.get(companion)?.connection.id,
          queued: companion.mailbox.waiting.length,
        })),
      }));
      const { sequence = 0 } = journal.entries.at(-1) ?? {};
      const unhandled = journal.unhandled.length;
      return json(200, {
        url: endpoint.url("ws", "/ws/chat"),
        accounts,
        journal: { sequence, unhandled },
      });
    },
  },
];
