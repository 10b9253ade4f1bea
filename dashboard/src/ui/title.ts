// The title of the page, so that tabs and bookmarks can be told apart.

import { useEffect } from 'react';

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · FlowForge`;
  }, [title]);
}
