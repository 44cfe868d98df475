// The theme that this browser was asked to keep; run before anything is painted.
{
  const kept = localStorage.getItem("reverbere-theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
}
