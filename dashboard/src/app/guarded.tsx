// Keeps a page that failed from taking the others with it.

import { Component, type ReactNode } from 'react';

interface Props {
  readonly children: ReactNode;
  /** Where one is: elsewhere it is tried anew. */
  readonly place: string;
}

interface State {
  readonly error: Error | null;
}

export class Guarded extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override componentDidUpdate({ place }: Props): void {
    if (place !== this.props.place && this.state.error) this.setState({ error: null });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div className="empty" role="alert">
        <h2>This page could not be shown</h2>
        <p>
          It is a fault of the dashboard; the guard is not touched by it.{' '}
          <code>{error.message}</code>
        </p>
        <button type="button" onClick={() => window.location.reload()}>
          Load it again
        </button>
      </div>
    );
  }
}
