// Figures as the page's language writes them; the typeface has no narrow no-break space.

/** Write a number: « 1 240 ». */
export function numberInWords(value, digits = 0) {
  const locale = document.documentElement.lang.startsWith("fr") ? "fr-FR" : "en-GB";
  return new Intl.NumberFormat(locale, { maximumFractionDigits: digits })
    .format(value)
    .replace(/\u202f/g, "\u00a0")
    .replace("-", "\u2212");
}

/** Write an age in its largest unit, short: « 12 s », « 3 min », « 5 h ». */
export function ageInWords(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return `${whole}\u00a0s`;
  return whole < 6000 ? `${Math.floor(whole / 60)}\u00a0min` : `${Math.floor(whole / 3600)}\u00a0h`;
}
