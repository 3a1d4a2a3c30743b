import type { AuthBackend } from "@motte/auth-stores";

/** A backend that stands for another: what is said and compared of it is the other's kind and place. */
export function shownAs(
  backend: AuthBackend,
  names: Pick<AuthBackend, "kind" | "location">,
): AuthBackend {
  return new Proxy(backend, {
    get(of, name) {
      if (name === "kind" || name === "location") return names[name];
      const member: unknown = Reflect.get(of, name);
      if (typeof member !== "function") return member;
      const bound: unknown = member.bind(of);
      return bound;
    },
  });
}
