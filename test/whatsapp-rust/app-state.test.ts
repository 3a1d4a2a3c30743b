import { expect, test } from "vitest";
import { stage, stageWithRust } from "./support/stage.ts";

interface ArchiveUpdate {
  readonly jid: { readonly user: string };
  readonly action: { readonly archived?: boolean };
}

test("settings written before the link are synced, with every code right", async () => {
  await using set = await stage();
  const ana = set.server.contact({ name: "Ana" });
  const { appState } = set.rosa;
  appState.saveContact(ana, "Ana of the harbour");
  appState.archive(ana);
  appState.pin(ana);
  appState.pin(ana, false);
  const rust = await set.startRust();
  await rust.ask("run");
  const { code } = await rust.hears<{ code: string }>("qr");

  await set.rosa.scan(code);

  await rust.hears("connected");
  await expect(rust.hears("contact_update")).resolves.toMatchObject({
    action: { full_name: "Ana of the harbour" },
  });
  await expect(rust.hears("archive_update")).resolves.toMatchObject({ action: { archived: true } });
  expect(rust.complaints).toEqual([]);
});

test("settings are exchanged both ways, and the phone finds no flaw in the client's", async () => {
  await using set = await stageWithRust();
  const ana = set.server.contact({ name: "Ana" });

  set.rosa.appState.archive(ana);
  await set.rust.hears("archive_update", ({ action }: ArchiveUpdate) => action.archived === true);
  await set.rust.ask("archive", ana.pn, false);

  const written = await set.rosa.appState.waitFor(({ device }) => device !== 0);
  expect(written).toMatchObject({ value: { archiveChatAction: { archived: false } } });
  expect(set.rosa.appState.flaws).toEqual([]);
  expect(set.rust.complaints).toEqual([]);
});
