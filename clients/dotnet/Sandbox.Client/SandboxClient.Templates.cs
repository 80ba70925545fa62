using System.Runtime.CompilerServices;
using System.Text.Json;
using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <content>Templates.</content>
public sealed partial class SandboxClient
{
    private const int Piece = 1 << 20;

    /// <summary>The templates that the owner's sandboxes may start from: the server's own first.</summary>
    public async IAsyncEnumerable<Template> ListTemplatesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? after = null;
        do
        {
            var page = await _link.CallAsync<TemplateListAnswer>("ListTemplates", new ListRequest(after, Limit: null, Labels: null), Repeat.Safe, cancellationToken);
            foreach (var template in page.Templates) yield return template;
            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>One template, with what it says of its sandboxes.</summary>
    /// <exception cref="NotFoundException">There is none of that name.</exception>
    public async Task<Template> GetTemplateAsync(string name, CancellationToken cancellationToken = default) =>
        (await _link.CallAsync<TemplateAnswer>("DescribeTemplate", new TemplateRequest(name), Repeat.Safe, cancellationToken)).Template;

    /// <summary>Removes a template.</summary>
    /// <exception cref="ConflictException">Something depends on it, or it is the server's own.</exception>
    public Task RemoveTemplateAsync(string name, CancellationToken cancellationToken = default) =>
        _link.CallAsync<TemplateAnswer>("RemoveTemplate", new TemplateRequest(name), Repeat.Never, cancellationToken);

    /// <summary>Builds a template from a recipe (docs/templates.md), in a sandbox of its own on the server.</summary>
    /// <param name="name">Its name: <c>[a-z0-9][a-z0-9-]{0,39}</c>. One that there is of that name is replaced; what stands on it goes on.</param>
    /// <param name="recipe">The recipe: JSON, in which comments and commas at the end are fine.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the build; nothing is left of it.</param>
    /// <exception cref="InvalidRequestException">The recipe cannot be, or a command of it failed: the message has the command and the end of its output.</exception>
    /// <exception cref="PermissionException">The key may not build, or the operator does not allow the network that the recipe wants.</exception>
    /// <exception cref="ConflictException">It is being built already, or something else has the name.</exception>
    /// <exception cref="UnknownOutcomeException">The connection was lost: a build that was not done has ended.</exception>
    /// <exception cref="ArgumentException">The recipe is no JSON, or copies what is missing or not below the folder.</exception>
    public async Task<BuiltTemplate> BuildTemplateAsync(string name, string recipe, BuildTemplateOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new BuildTemplateOptions();
        using var document = Parse(recipe);
        var sources = RecipeFiles.Sources(document.RootElement);
        if (sources.Count > 0 && options.Folder is null) throw new ArgumentException("The recipe copies files: say in which folder they are.", nameof(options));
        var upload = sources.Count > 0 ? await UploadAsync(name, options.Folder!, sources, cancellationToken) : null;
        var request = new TemplateRequest(name) { Recipe = document.RootElement, Upload = upload, Rebuild = options.Rebuild };
        await foreach (var item in _link.StreamOnceAsync<TemplateItem>("BuildTemplate", request, cancellationToken))
        {
            if (item is { Type: "built", Template: { } template }) return new BuiltTemplate(template, item.Cached, item.LeftOut ?? []);
            options.OnProgress?.Invoke(new TemplateProgress { Step = item.Step, Steps = item.Steps, Command = item.Command, Channel = item.Channel, Data = item.Data });
        }

        throw new ServerException("The server ended the build without a word.");
    }

    /// <summary>
    /// Makes a template of an OCI image layout in a tar (such as <c>skopeo copy ... oci-archive:FILE</c> writes), over HTTP: of the image's files, and of its configuration the
    /// environment, the working directory, and whether programs are root's.
    /// </summary>
    /// <param name="name">Its name: <c>[a-z0-9][a-z0-9-]{0,39}</c>. One that there is of that name is replaced; what stands on it goes on.</param>
    /// <param name="source">The tar, read once.</param>
    /// <param name="progress">Told how many bytes were sent, on any thread.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <exception cref="InvalidRequestException">It is no such image, or damaged.</exception>
    /// <exception cref="PermissionException">The key may not build.</exception>
    /// <exception cref="ConflictException">Something else has the name.</exception>
    public async Task<Template> ImportTemplateAsync(string name, Stream source, Action<FileProgress>? progress = null, CancellationToken cancellationToken = default) =>
        (await ImportAsync<TemplateAnswer>($"v1/templates/{Uri.EscapeDataString(name)}/import", source, progress, cancellationToken)).Template;

    private static JsonDocument Parse(string recipe)
    {
        try
        {
            return JsonDocument.Parse(recipe, RecipeFiles.Reading);
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"The recipe is no JSON: {e.Message}", nameof(recipe), e);
        }
    }

    private async Task<string> UploadAsync(string name, string folder, IReadOnlyList<string> sources, CancellationToken cancellationToken)
    {
        await using var tar = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
            new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        await Task.Run(() => RecipeFiles.Pack(folder, sources, tar), cancellationToken);
        tar.Position = 0;
        var upload = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
        var piece = new byte[Piece];
        for (long offset = 0; ;)
        {
            var read = await tar.ReadAtLeastAsync(piece, Piece, throwOnEndOfStream: false, cancellationToken);
            if (read == 0) return upload;
            var request = new TemplateRequest(name) { Upload = upload, Offset = offset, Data = piece.AsMemory(0, read) };
            await _link.CallAsync<TemplateUploadAnswer>("WriteTemplateFiles", request, Repeat.Safe, cancellationToken);
            offset += read;
        }
    }
}
