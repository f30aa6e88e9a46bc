import { useInfiniteQuery } from "@connectrpc/connect-query";
import { type Image, ImageService, type ListImagesResponse } from "../gen/oaktree/v1/image_pb.js";
import { ListPanel } from "../lists/list-panel.tsx";
import { pageSize, paging, usePages } from "../lists/use-pages.ts";
import { objectKey } from "../locations/location.ts";
import { useLocations } from "../locations/seen-locations.tsx";
import { DialogButton } from "../ui/dialog-button.tsx";
import { ImageForm } from "./image-form.tsx";
import { ImageRow } from "./image-row.tsx";

const columns = ["Name", "Status", "Size", "Format", "Visibility", "Location", ""];

/** What servers boot from. */
export function ImagesPanel() {
  const { chosen: location } = useLocations();
  const request = { ...(location && { location }), pageSize, pageToken: "" };
  const query = useInfiniteQuery(ImageService.method.listImages, request, paging);
  const pages = usePages(query, imagesOf);
  return (
    <ListPanel
      title="Images"
      pages={pages}
      count={pages.items.length}
      columns={columns}
      empty="No images here that you may see."
      actions={
        <DialogButton label="Upload image" title="Upload an image">
          {(close) => <ImageForm onDone={close} />}
        </DialogButton>
      }
    >
      {pages.items.map((image) => (
        <ImageRow key={objectKey(image)} image={image} />
      ))}
    </ListPanel>
  );
}

function imagesOf(page: ListImagesResponse): Image[] {
  return page.images;
}
