using System.Diagnostics;
using System.Text;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Storage.Gcs;

namespace Sandbox.Silo.Tests.Storage;

/// <summary>Another process on the same store: it counts, puts a blob, or writes large ones until it is killed.</summary>
internal static class BlobProcess
{
    public const int BlobSize = 3_000_000;

    public static Process Start(params string[] work) => Start(new Dictionary<string, string?>(), work);

    public static Process Start(IReadOnlyDictionary<string, string?> environment, params string[] work)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(BlobProcess).Assembly.Location);
        }

        start.ArgumentList.Add("blob-process");
        foreach (var word in work)
        {
            start.ArgumentList.Add(word);
        }

        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static async Task<int> RunAsync(string[] work)
    {
        var gcs = new GcsOptions { Endpoint = work[1], Credentials = work is ["put", .., var credentials] ? Enum.Parse<GcsCredentials>(credentials) : GcsCredentials.None };
        var store = await BlobLocation.Parse(work[2])!.OpenAsync(gcs, spool: null, TimeProvider.System, CancellationToken.None);
        switch (work)
        {
            case ["count", _, _, var name, var times]:
                await CountAsync(store, name, int.Parse(times));
                return 0;
            case ["put", _, _, var name, _]:
                await store.PutAsync(name, new MemoryStream([1]), BlobPutOptions.Create);
                return 0;
            case ["write", _, _, var name]:
                for (byte fill = 0; ; fill++)
                {
                    var bytes = new byte[BlobSize];
                    bytes.AsSpan().Fill(fill);
                    await store.PutAsync(name, new MemoryStream(bytes), BlobPutOptions.Overwrite);
                    Console.WriteLine(fill);
                }

            default:
                return 2;
        }
    }

    /// <summary>Adds 1 to the number in a blob, again and again, each time over the generation that was read.</summary>
    public static async Task CountAsync(IBlobStore store, string name, int times)
    {
        while (times > 0)
        {
            var options = BlobPutOptions.Create;
            var number = 0;
            await using (var open = await store.OpenAsync(name))
            {
                if (open is not null)
                {
                    number = int.Parse(await new StreamReader(open.Content).ReadToEndAsync());
                    options = BlobPutOptions.Replace(open.Properties.Generation);
                }
            }

            if (await store.PutAsync(name, new MemoryStream(Encoding.UTF8.GetBytes($"{number + 1}")), options) is not null)
            {
                times--;
            }
        }
    }
}
