// A first client of Oaktree in Go: it uploads an image, starts a server from it,
// waits until the server runs, and takes everything away again.
//
//	OAKTREE_ADDRESS  host:port of the Oaktree; unset: the endpoint in the credentials file
//	OAKTREE_TOKEN    its personal token, or your Keystone token; or
//	OAKTREE_CREDENTIALS  a credentials file, whose default entry is used
//	OAKTREE_CLOUD    the cloud to use; needed where there are several
//	OAKTREE_REGION   the region to use; needed where the cloud has several
//	OAKTREE_CA       file with the certificate authority of the Oaktree; unset: no TLS
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	oaktree "oaktree.example/first/gen/oaktree/v1"
)

const (
	flavor  = "m1.nano"
	network = "private"
	// Nobody has the private half of this key. Put your own here.
	publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFyFG4xCoFY4VOyaXmiWt7bDUG5pr+avCvROrAHHpKDi first@oaktree"
	// Bytes in one message of an upload. Messages may have 4 MiB at most.
	chunkSize = 512 * 1024
)

func main() {
	// Ctrl-C ends the call that is under way; what was made is then taken away.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The deadline goes to Oaktree with every call, and from there to the cloud.
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "failed:", err)
		os.Exit(1)
	}
}

// run goes through the scenario. It gives an error unless it saw every step.
func run(ctx context.Context) (err error) {
	conn, err := connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	c := client{
		compute: oaktree.NewComputeServiceClient(conn),
		images:  oaktree.NewImageServiceClient(conn),
		where: &oaktree.LocationSelector{
			Cloud:  os.Getenv("OAKTREE_CLOUD"),
			Region: os.Getenv("OAKTREE_REGION"),
		},
		since: time.Now(),
	}
	// One new name for all that is made, so that runs do not meet.
	name := "first-go-" + strings.ToLower(rand.Text()[:10])
	defer func() { err = errors.Join(err, c.cleanUp(context.WithoutCancel(ctx), name)) }()

	flavors, err := c.listFlavors(ctx)
	if err != nil {
		return fmt.Errorf("list flavors: %w", err)
	}
	c.seen("flavors: %s", strings.Join(flavors, ", "))

	images, err := c.listImages(ctx)
	if err != nil {
		return fmt.Errorf("list images: %w", err)
	}
	c.seen("images: %s", strings.Join(images, ", "))

	data := make([]byte, 3<<20)
	rand.Read(data)
	image, err := c.upload(ctx, name, data)
	if err != nil {
		return fmt.Errorf("upload image: %w", err)
	}
	if image.GetStatus() != oaktree.ImageStatus_IMAGE_STATUS_ACTIVE {
		return fmt.Errorf("upload image: it is %s", image.GetStatusText())
	}
	c.seen("uploaded image %s, %d bytes", image.GetId(), image.GetSizeBytes())

	keypair, err := c.compute.CreateKeypair(ctx, &oaktree.CreateKeypairRequest{
		Location: c.where, Name: name, PublicKey: publicKey,
	})
	if err != nil {
		return fmt.Errorf("create keypair: %w", err)
	}
	c.seen("created keypair %s", keypair.GetKeypair().GetFingerprint())

	created, err := c.compute.CreateServer(ctx, &oaktree.CreateServerRequest{
		Location: c.where, Name: name, Image: image.GetId(), Flavor: flavor,
		Networks: []string{network}, KeyName: name,
	})
	if err != nil {
		return fmt.Errorf("create server: %w", err)
	}
	id := created.GetServer().GetId()
	c.seen("created server %s", id)

	server, err := c.wait(ctx, id, oaktree.ServerStatus_SERVER_STATUS_ACTIVE)
	if err != nil {
		return fmt.Errorf("wait for the server: %w", err)
	}
	if server.GetInterfaceIp() == "" {
		return errors.New("wait for the server: it has no address")
	}
	c.seen("server is %s at %s", server.GetStatusText(), server.GetInterfaceIp())

	back, err := c.download(ctx, image.GetId())
	if err != nil {
		return fmt.Errorf("download image: %w", err)
	}
	if !bytes.Equal(back, data) {
		return errors.New("download image: these are not the bytes that were uploaded")
	}
	c.seen("downloaded the image, %d bytes, the same", len(back))

	_, err = c.compute.DeleteServer(ctx, &oaktree.DeleteServerRequest{Location: c.where, NameOrId: id})
	if err != nil {
		return fmt.Errorf("delete server: %w", err)
	}
	if _, err = c.wait(ctx, id, oaktree.ServerStatus_SERVER_STATUS_DELETED); err != nil {
		return fmt.Errorf("wait for the server's end: %w", err)
	}
	_, err = c.compute.DeleteKeypair(ctx, &oaktree.DeleteKeypairRequest{Location: c.where, NameOrId: name})
	if err != nil {
		return fmt.Errorf("delete keypair: %w", err)
	}
	_, err = c.images.DeleteImage(ctx, &oaktree.DeleteImageRequest{Location: c.where, NameOrId: image.GetId()})
	if err != nil {
		return fmt.Errorf("delete image: %w", err)
	}
	c.seen("deleted server, keypair and image")

	_, err = c.compute.GetServer(ctx, &oaktree.GetServerRequest{Location: c.where, NameOrId: id})
	if reasonOf(err) != "NOT_FOUND" {
		return fmt.Errorf("the server should be gone, but: %v", err)
	}
	_, err = c.compute.GetKeypair(ctx, &oaktree.GetKeypairRequest{Location: c.where, NameOrId: name})
	if reasonOf(err) != "NOT_FOUND" {
		return fmt.Errorf("the keypair should be gone, but: %v", err)
	}
	_, err = c.images.GetImage(ctx, &oaktree.GetImageRequest{Location: c.where, NameOrId: image.GetId()})
	if reasonOf(err) != "NOT_FOUND" {
		return fmt.Errorf("the image should be gone, but: %v", err)
	}
	c.seen("all are gone")
	return nil
}

// connect makes the connection; gRPC opens it with the first call.
func connect(ctx context.Context) (*grpc.ClientConn, error) {
	entry, err := readEntry()
	if err != nil {
		return nil, err
	}
	address, err := address(entry)
	if err != nil {
		return nil, err
	}
	token, err := readToken(ctx, entry)
	if err != nil {
		return nil, err
	}
	transport := insecure.NewCredentials()
	if file := os.Getenv("OAKTREE_CA"); file != "" {
		if transport, err = credentials.NewClientTLSFromFile(file, ""); err != nil {
			return nil, err
		}
	}
	return grpc.NewClient(address,
		grpc.WithTransportCredentials(transport),
		grpc.WithPerRPCCredentials(caller{token, os.Getenv("OAKTREE_CLOUD")}))
}

// entry is what the programs need of one in the credentials file.
type entry struct {
	Endpoint string `json:"endpoint"`
	ID       string `json:"client_id"`
	Secret   string `json:"client_secret"`
	URL      string `json:"token_endpoint"`
}

// readEntry gives the default entry of the credentials file; nil without a file.
func readEntry() (*entry, error) {
	path := os.Getenv("OAKTREE_CREDENTIALS")
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var entries map[string]*entry
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, err
	}
	if entries["default"] == nil {
		return nil, fmt.Errorf("%s has no default entry", path)
	}
	return entries["default"], nil
}

// address gives where the Oaktree is: what the environment says, or the file.
func address(entry *entry) (string, error) {
	if address := os.Getenv("OAKTREE_ADDRESS"); address != "" || entry == nil {
		return address, nil
	}
	endpoint, err := url.Parse(entry.Endpoint)
	if err != nil {
		return "", err
	}
	return endpoint.Host, nil
}

// readToken gives the token that the calls are made with: one that is there, or an
// access token for the credentials file.
func readToken(ctx context.Context, entry *entry) (string, error) {
	if entry == nil {
		return os.Getenv("OAKTREE_TOKEN"), nil
	}
	config := clientcredentials.Config{ClientID: entry.ID, ClientSecret: entry.Secret, TokenURL: entry.URL}
	if file := os.Getenv("OAKTREE_CA"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		authorities := x509.NewCertPool()
		authorities.AppendCertsFromPEM(pem)
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities}}
		ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: transport})
	}
	// config.TokenSource(ctx) would renew it, for programs that run longer than it lasts.
	token, err := config.Token(ctx)
	if err != nil {
		return "", err
	}
	return token.AccessToken, nil
}

// caller is sent with every call: the token, and the cloud that it belongs to,
// which only a Keystone token needs.
type caller struct{ token, cloud string }

func (c caller) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	headers := map[string]string{"authorization": "Bearer " + c.token}
	if c.cloud != "" {
		headers["x-oaktree-cloud"] = c.cloud
	}
	return headers, nil
}

// RequireTransportSecurity allows clear text, which is for loopback only.
func (caller) RequireTransportSecurity() bool { return false }

type client struct {
	compute oaktree.ComputeServiceClient
	images  oaktree.ImageServiceClient
	where   *oaktree.LocationSelector
	since   time.Time
}

// seen prints what was done and how long it took.
func (c *client) seen(format string, args ...any) {
	fmt.Printf("%6.2f s  %s\n", time.Since(c.since).Seconds(), fmt.Sprintf(format, args...))
	c.since = time.Now()
}

// listFlavors gives the names of all flavors. Lists come in pages: the last one
// has no token for a next one.
func (c *client) listFlavors(ctx context.Context) (names []string, err error) {
	for token := ""; ; {
		page, err := c.compute.ListFlavors(ctx, &oaktree.ListFlavorsRequest{Location: c.where, PageToken: token})
		if err != nil {
			return nil, err
		}
		for _, flavor := range page.GetFlavors() {
			names = append(names, flavor.GetName())
		}
		if token = page.GetNextPageToken(); token == "" {
			return names, nil
		}
	}
}

func (c *client) listImages(ctx context.Context) (names []string, err error) {
	for token := ""; ; {
		page, err := c.images.ListImages(ctx, &oaktree.ListImagesRequest{Location: c.where, PageToken: token})
		if err != nil {
			return nil, err
		}
		for _, image := range page.GetImages() {
			names = append(names, image.GetName())
		}
		if token = page.GetNextPageToken(); token == "" {
			return names, nil
		}
	}
}

// upload streams an image: first what it is to be, then its bytes.
func (c *client) upload(ctx context.Context, name string, data []byte) (*oaktree.Image, error) {
	stream, err := c.images.UploadImage(ctx)
	if err != nil {
		return nil, err
	}
	size := int64(len(data))
	messages := []*oaktree.UploadImageRequest{{
		Location: c.where,
		Part: &oaktree.UploadImageRequest_Image{
			Image: &oaktree.NewImage{Name: name, DiskFormat: "raw", SizeBytes: &size},
		},
	}}
	for len(data) > 0 {
		chunk := data[:min(chunkSize, len(data))]
		data = data[len(chunk):]
		messages = append(messages, &oaktree.UploadImageRequest{
			Part: &oaktree.UploadImageRequest_Data{Data: chunk},
		})
	}
	for _, message := range messages {
		// EOF says that the call has ended early; CloseAndRecv tells why.
		if err := stream.Send(message); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
	}
	answer, err := stream.CloseAndRecv()
	return answer.GetImage(), err
}

// download gives an image's bytes. Oaktree has compared their digest with the
// cloud's when the stream ends without an error.
func (c *client) download(ctx context.Context, id string) (data []byte, err error) {
	stream, err := c.images.DownloadImage(ctx, &oaktree.DownloadImageRequest{Location: c.where, NameOrId: id})
	if err != nil {
		return nil, err
	}
	for {
		message, err := stream.Recv()
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
		data = append(data, message.GetData()...)
	}
}

// wait follows a server until it has the status.
func (c *client) wait(ctx context.Context, id string, status oaktree.ServerStatus) (*oaktree.Server, error) {
	stream, err := c.compute.WaitForServer(ctx, &oaktree.WaitForServerRequest{
		Location: c.where, NameOrId: id, Status: status,
	})
	if err != nil {
		return nil, err
	}
	for {
		change, err := stream.Recv()
		if err != nil {
			return nil, err
		}
		server := change.GetServer()
		fmt.Printf("          %s %s\n", server.GetStatusText(), server.GetTaskState())
		if change.GetDone() {
			return server, nil
		}
	}
}

// cleanUp takes away what a run that failed has left. After a good one nothing is there.
func (c *client) cleanUp(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	_, server := c.compute.DeleteServer(ctx, &oaktree.DeleteServerRequest{
		Location: c.where, NameOrId: name, AllowMissing: true,
	})
	_, keypair := c.compute.DeleteKeypair(ctx, &oaktree.DeleteKeypairRequest{
		Location: c.where, NameOrId: name, AllowMissing: true,
	})
	_, image := c.images.DeleteImage(ctx, &oaktree.DeleteImageRequest{
		Location: c.where, NameOrId: name, AllowMissing: true,
	})
	return errors.Join(server, keypair, image)
}

// reasonOf gives the reason of an error of Oaktree's, a name of oaktree.v1.ErrorReason.
func reasonOf(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == "oaktree" {
			return info.GetReason()
		}
	}
	return ""
}
