// Runs before anything is painted: the theme the person chose here, so that nothing flashes in the other one.

const kept = readKept();
if (kept === 'light' || kept === 'dark') document.documentElement.dataset['theme'] = kept;

function readKept(): string | null {
  try {
    return localStorage.getItem('flowforge-theme');
  } catch {
    return null;
  }
}
