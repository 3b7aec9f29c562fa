import { useEffect, useRef } from "preact/hooks";
import { EPOCHS_SHOWN } from "../../protocol.js";
import { useLab } from "../context.js";
import { dark } from "../theme.js";
import { inkOf, sprite } from "./sprite.js";

/** What augmentation makes of a few images in the first epochs. */
export function Augmented() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const images = useLab().edited.value.data.value?.images;
  const augmented = images?.augmented;
  const columns = EPOCHS_SHOWN + 1;
  useEffect(() => {
    if (!images || !augmented || !canvas.current) return;
    const painted = sprite(images, augmented, columns, inkOf(dark.value), [4, 4]);
    canvas.current.width = painted.width;
    canvas.current.height = painted.height;
    canvas.current.getContext("2d")?.drawImage(painted, 0, 0);
  }, [images, augmented, dark.value]);
  if (!augmented) return null;
  return (
    <figure class="augmented">
      <figcaption class="augmented-head" aria-hidden="true">
        <span>as it is</span>
        {Array.from({ length: EPOCHS_SHOWN }, (_, epoch) => (
          <span key={epoch}>epoch {epoch + 1}</span>
        ))}
      </figcaption>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Digits as they are, and as epochs 1 to ${EPOCHS_SHOWN} train on them: turned and moved a little.`}
      />
    </figure>
  );
}
