// Before the first paint, so that nobody who chose dark sees a white flash.
try {
  const chosen = localStorage.getItem('phonofilm.theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
} catch {
  // storage is closed to us: the system's choice holds
}
