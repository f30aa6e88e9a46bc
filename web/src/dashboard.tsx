import { FlavorsPanel } from "./flavors/flavors-panel.tsx";
import { ImagesPanel } from "./images/images-panel.tsx";
import { KeypairsPanel } from "./keypairs/keypairs-panel.tsx";
import { LocationPicker } from "./locations/location-picker.tsx";
import { SeenLocations } from "./locations/seen-locations.tsx";
import { ServersPanel } from "./servers/servers-panel.tsx";
import { Logo } from "./ui/logo.tsx";

interface DashboardProps {
  readonly onSignOut: () => void;
}

/** What a signed-in person sees. */
export function Dashboard({ onSignOut }: DashboardProps) {
  return (
    <SeenLocations>
      <header className="top">
        <h1>
          <Logo />
        </h1>
        <div className="actions">
          <LocationPicker />
          <button type="button" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      </header>
      <main className="dashboard">
        <ServersPanel />
        <ImagesPanel />
        <FlavorsPanel />
        <KeypairsPanel />
      </main>
    </SeenLocations>
  );
}
