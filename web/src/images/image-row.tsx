import { useMutation } from "@connectrpc/connect-query";
import { problemOf } from "../api/problem.ts";
import { type Image, ImageService, ImageStatus } from "../gen/oaktree/v1/image_pb.js";
import { useReload } from "../lists/use-reload.ts";
import { locationText, selectorOf } from "../locations/location.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { DeleteButton } from "../ui/delete-button.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { sizeText } from "../ui/sizes.ts";

/** One image. */
export function ImageRow({ image }: { readonly image: Image }) {
  const onSuccess = useReload(ImageService.method.listImages);
  const remove = useMutation(ImageService.method.deleteImage, { onSuccess });
  const { id, location, sizeBytes } = image;
  const name = image.name || id;
  return (
    <>
      <tr>
        <th scope="row" data-label="Name" title={id}>
          {name}
        </th>
        <td data-label="Status">
          <Badge tone={toneOf(image.status)} text={image.statusText} />
        </td>
        <td data-label="Size">{sizeBytes !== undefined && sizeText(Number(sizeBytes))}</td>
        <td data-label="Format">{image.diskFormat}</td>
        <td data-label="Visibility">{image.visibility}</td>
        <td data-label="Location" className="quiet">
          {location && locationText(location)}
        </td>
        <td className="buttons">
          {!image.isProtected && (
            <DeleteButton
              what={`image ${name}`}
              isBusy={remove.isPending}
              onDelete={() =>
                remove.mutate({
                  ...(location && { location: selectorOf(location) }),
                  nameOrId: id,
                  allowMissing: true,
                })
              }
            />
          )}
        </td>
      </tr>
      {remove.error && (
        <tr className="note">
          <td colSpan={7}>
            <ProblemNotice problem={problemOf(remove.error)} />
          </td>
        </tr>
      )}
    </>
  );
}

function toneOf(status: ImageStatus): Tone {
  switch (status) {
    case ImageStatus.ACTIVE:
      return "good";
    case ImageStatus.SAVING:
    case ImageStatus.IMPORTING:
    case ImageStatus.UPLOADING:
      return "busy";
    case ImageStatus.KILLED:
      return "bad";
    default:
      return "idle";
  }
}
