import { InvalidRequestError } from "./errors.js";
import type { ConnectOptions } from "./options.js";

interface GoogleAuthLibrary {
  GoogleAuth: new () => {
    getIdTokenClient(audience: string): Promise<{ idTokenProvider: { fetchIdToken(audience: string): Promise<string> } }>;
  };
}

/** Where a connection's bearer token comes from; undefined when it has none. */
export function bearerSource(options: ConnectOptions, hub: string): (() => Promise<string>) | undefined {
  const { key, useGoogleAuth } = options;
  if (useGoogleAuth) {
    if (key !== undefined) throw new TypeError("Give either `key` or `useGoogleAuth`, not both.");
    const audience = (typeof useGoogleAuth === "object" ? useGoogleAuth.audience : undefined) ?? new URL(hub).origin;
    return googleIdTokens(audience);
  }

  if (key === undefined) return undefined;
  return typeof key === "string" ? () => Promise.resolve(key) : async () => await key();
}

function googleIdTokens(audience: string): () => Promise<string> {
  let client: ReturnType<InstanceType<GoogleAuthLibrary["GoogleAuth"]>["getIdTokenClient"]> | undefined;
  return async () => {
    client ??= loadGoogleAuth().then(library => new library.GoogleAuth().getIdTokenClient(audience));
    try {
      return await (await client).idTokenProvider.fetchIdToken(audience);
    } catch (error) {
      client = undefined; // Credentials may come later: the next connection looks anew.
      throw error;
    }
  };
}

async function loadGoogleAuth(): Promise<GoogleAuthLibrary> {
  const name = "google-auth-library"; // Not a literal: bundlers and the compiler would insist on what is optional.
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ name) as GoogleAuthLibrary;
  } catch (error) {
    throw new InvalidRequestError(
      "`useGoogleAuth` needs the package google-auth-library: npm install google-auth-library. (In a browser give `key` a function that fetches a token.)",
      { cause: error });
  }
}
