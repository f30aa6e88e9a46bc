import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { type Problem, problemOf } from "./api/problem.ts";
import { createQueryClient } from "./api/query-client.ts";
import { createTransport } from "./api/transport.ts";
import { Dashboard } from "./dashboard.tsx";
import { type Credential, forgetCredential, keepCredential, loadCredential } from "./session/credential.ts";
import { SignIn } from "./session/sign-in.tsx";

interface AppProps {
  /** What the page was opened with. */
  readonly given: Credential | undefined;
}

/** The page: asks who calls, then shows what is there. */
export function App({ given }: AppProps) {
  const [credential, setCredential] = useState(given);
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    const onHashChange = (): void => setCredential(loadCredential());
    addEventListener("hashchange", onHashChange);
    return () => removeEventListener("hashchange", onHashChange);
  }, []);

  const signIn = (entered: Credential): void => {
    keepCredential(entered);
    setProblem(undefined);
    setCredential(entered);
  };
  const signOut = (why?: Problem): void => {
    forgetCredential();
    setProblem(why);
    setCredential(undefined);
  };
  return credential === undefined ? (
    <SignIn problem={problem} onSignIn={signIn} />
  ) : (
    <Session key={JSON.stringify(credential)} credential={credential} onSignOut={signOut} />
  );
}

interface SessionProps {
  readonly credential: Credential;
  readonly onSignOut: (why?: Problem) => void;
}

/** What lives as long as one credential: nothing that was read with it outlives it. */
function Session({ credential, onSignOut }: SessionProps) {
  const transport = useMemo(() => createTransport(credential), [credential]);
  const [queryClient] = useState(() => createQueryClient((error) => onSignOut(problemOf(error))));
  return (
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queryClient}>
        <Dashboard onSignOut={() => onSignOut()} />
      </QueryClientProvider>
    </TransportProvider>
  );
}
