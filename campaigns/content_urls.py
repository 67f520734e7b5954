"""What messages are made from, on pages of its own, and what they said before.

The address at which pictures arrive has `images` in it: that is where large bodies are taken.
"""

from django.urls import path

from .views import library, library_blocks, library_pictures, library_templates, versions

urlpatterns = [
    path("campaigns/library/", library.library, name="library"),
    path("campaigns/library/templates/<int:template_id>/", library_templates.template, name="template"),
    path("campaigns/library/templates/<int:template_id>/delete/", library_templates.delete, name="template-delete"),
    path("campaigns/library/blocks/new/", library_blocks.new, name="block-new"),
    path("campaigns/library/blocks/<int:block_id>/", library_blocks.block, name="block"),
    path("campaigns/library/blocks/<int:block_id>/look/", library_blocks.look, name="block-look"),
    path("campaigns/library/blocks/<int:block_id>/delete/", library_blocks.delete, name="block-delete"),
    path("campaigns/library/images/", library_pictures.upload, name="picture-upload"),
    path("campaigns/library/images/<int:image_id>/delete/", library_pictures.delete, name="picture-delete"),
    path("campaigns/<int:campaign_id>/keep/", library_templates.keep, name="template-keep"),
    path("campaigns/<int:campaign_id>/versions/", versions.versions, name="versions"),
    path("campaigns/<int:campaign_id>/versions/<int:number>/restore/", versions.restore, name="version-restore"),
]
