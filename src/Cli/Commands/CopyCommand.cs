using System.CommandLine;
using System.Formats.Tar;
using System.IO.Pipelines;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Files;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox cp</summary>
internal static class CopyCommand
{
    public static Command Define()
    {
        var from = new Argument<string>("from") { Description = "What: ID:PATH in a sandbox, or a path here." };
        var to = new Argument<string>("to") { Description = "Where to, likewise. An existing directory gets it under its own name." };
        var command = new Command("cp", "Copies a file or directory into a sandbox or out of one: sandbox cp notes.txt ID:work/") { from, to };
        var server = ServerOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (source, target) = (CopyPlace.Parse(parsed.GetRequiredValue(from)), CopyPlace.Parse(parsed.GetRequiredValue(to)));
            if ((source.SandboxId is null) == (target.SandboxId is null)) throw new UsageException("One of the two is in a sandbox: ID:PATH.");
            var id = source.SandboxId ?? target.SandboxId!;
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var sandbox = await client.AttachAsync(id, server.Token(parsed), wake: true, cancellationToken);
            if (target.SandboxId is not null)
            {
                await SendAsync(sandbox, source.Path, target.Under(sandbox.Info.Cwd), cancellationToken);
            }
            else
            {
                using var http = server.Http(parsed, id);
                await FetchAsync(sandbox, http, source.Under(sandbox.Info.Cwd), target.Path, cancellationToken);
            }

            return 0;
        });
        return command;
    }

    private static async Task SendAsync(Sandbox sandbox, string path, string target, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (await IsDirectoryAsync(sandbox, target, cancellationToken)) target = $"{target.TrimEnd('/')}/{name}";
        using var bar = new ProgressBar(name);
        if (File.Exists(path))
        {
            await using var file = File.OpenRead(path);
            var mode = Convert.ToString((int)File.GetUnixFileMode(file.SafeFileHandle) & 0x1ff, 8);
            await sandbox.Files.WriteAsync(target, file, new FileWriteOptions { Mode = mode, Progress = bar.Show }, cancellationToken);
            return;
        }

        if (!Directory.Exists(path)) throw new UsageException($"There is no file or directory '{path}'.");
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 4 << 20, resumeWriterThreshold: 2 << 20));
        var packing = PackAsync(path, pipe.Writer, cancellationToken);
        try
        {
            await using var archive = pipe.Reader.AsStream();
            await sandbox.Files.UnpackAsync(target, archive, new FileWriteOptions { Progress = bar.Show }, cancellationToken);
        }
        finally
        {
            await packing;
        }
    }

    private static async Task PackAsync(string path, PipeWriter writer, CancellationToken cancellationToken)
    {
        try
        {
            await using (var stream = writer.AsStream(leaveOpen: true)) await TarFile.CreateFromDirectoryAsync(path, stream, includeBaseDirectory: false, cancellationToken);
            await writer.CompleteAsync();
        }
        catch (Exception e)
        {
            // Whoever reads the archive is told.
            await writer.CompleteAsync(e);
        }
    }

    private static async Task FetchAsync(Sandbox sandbox, HttpClient http, string path, string target, CancellationToken cancellationToken)
    {
        var entry = await sandbox.Files.StatAsync(path, cancellationToken: cancellationToken);
        var name = Path.GetFileName(path.TrimEnd('/'));
        if (Directory.Exists(target)) target = Path.Combine(target, name.Length > 0 ? name : "root");
        using var bar = new ProgressBar(name);
        if (entry.Type is not "directory")
        {
            var part = $"{target}.{Guid.NewGuid():n}.part";
            try
            {
                await using (var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write))
                {
                    await foreach (var piece in sandbox.Files.ReadAsync(path, new FileReadOptions { Progress = bar.Show }, cancellationToken))
                        await file.WriteAsync(piece, cancellationToken);
                    File.SetUnixFileMode(file.SafeFileHandle, (UnixFileMode)(Convert.ToInt32(entry.Mode, 8) & 0x1ff));
                }

                File.Move(part, target, overwrite: true);
            }
            finally
            {
                File.Delete(part);
            }

            return;
        }

        using var answer = await http.GetAsync($"files/archive?path={Uri.EscapeDataString(path)}", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!answer.IsSuccessStatusCode) throw new UsageException($"The directory cannot be had ({(int)answer.StatusCode}): {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        await using var archive = new CountedStream(await answer.Content.ReadAsStreamAsync(cancellationToken), done => bar.Show(new FileProgress(done, null)));
        await ArchiveExtraction.ExtractAsync(archive, target, cancellationToken);
    }

    private static async Task<bool> IsDirectoryAsync(Sandbox sandbox, string path, CancellationToken cancellationToken)
    {
        try
        {
            return (await sandbox.Files.StatAsync(path, cancellationToken: cancellationToken)).Type is "directory";
        }
        catch (NotFoundException e) when (e.File is "no_such_file")
        {
            return false;
        }
    }
}
