import type { Section } from "./chart.js";
import { contours } from "./charts/contour.js";
import { history } from "./charts/history.js";
import { importances } from "./charts/importances.js";
import { intermediate } from "./charts/intermediate.js";
import { parallel } from "./charts/parallel.js";
import { pareto } from "./charts/pareto.js";
import { slices } from "./charts/slices.js";
import { timeline } from "./charts/timeline.js";
import { libraryText } from "./library.js";
import { pageOf } from "./page.js";
import { headOf, tableOf, trialTexts } from "./summary.js";
import { type Digest, digest, type StudyView } from "./view.js";

/**
 * A study as one HTML file: how its values came down, which parameters matter and where they are good, what trials reported and when they ran,
 * the best ten. The page fetches nothing, in the light and in the dark, on a wide screen and a narrow one. It holds ECharts whole, so it has
 * 1.1 MB, and some 100 to 200 bytes more a trial and chart.
 *
 * @param view what has been read of the study
 * @throws PlatformError where the package `echarts` is not installed
 */
export async function searchReport(view: StudyView): Promise<string> {
  const study = digest(view);
  return pageOf({
    title: `${study.name} – search report`,
    head: headOf(study),
    sections: sectionsOf(study),
    table: tableOf(study),
    trials: trialTexts(study),
    library: await libraryText("searchReport"),
  });
}

/** The charts, in the order in which a reader asks. */
export function sectionsOf(study: Digest): Section[] {
  const front = pareto(study);
  return [
    history(study),
    ...(front ? [front] : []),
    importances(study),
    parallel(study),
    slices(study),
    contours(study),
    intermediate(study),
    timeline(study),
  ];
}
